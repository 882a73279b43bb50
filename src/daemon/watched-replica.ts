import type { GtidSet } from '../gtid/gtid-set.js';
import type { AdminOrder, ReplicaInputs } from '../hints/hint-inputs.js';
import { LinkLag } from '../link/link-lag.js';
import type { LinkProgress } from '../link/link-progress.js';
import { localMicros } from '../link/local-micros.js';
import type { LinkSettings } from '../link/link-settings.js';
import { ServerProbe } from './server-probe.js';

/** A weight of its own is not configured: all replicas count the same. */
const weightDefault = 100;

/** One replica as hints see it: what its link measures, what it says of itself, and what was ordered. */
export class WatchedReplica {
  readonly id: string;
  readonly lag: LinkLag;
  readonly probe: ServerProbe;
  /** null: none. */
  order: AdminOrder | null = null;
  /** What its link has done; null: no link was started yet. */
  progress: (() => LinkProgress) | null = null;
  /** Why its data must not be read; null: nothing of the kind is known. */
  fault: string | null = null;
  /** What it had when it was looked at last, which only grows while it is the same server. */
  #gtidExecuted: GtidSet | null = null;
  #isStale = true;

  constructor(settings: LinkSettings, { onEpoch, onLook }: { onEpoch: () => void; onLook: () => void }) {
    this.id = settings.name;
    this.lag = new LinkLag(() => {
      this.#isStale = true;
      onEpoch();
    });
    this.probe = new ServerProbe(settings.replica, () => {
      this.#isStale = true;
      onLook();
    });
  }

  inputs(): ReplicaInputs {
    const { lagMicros, atMostMicros, reason, delayMicros } = this.lag.meter.read(localMicros());
    const { reachable, threadsRunning, connections, connectionsMax } = this.probe.reading;
    return {
      id: this.id,
      zone: null,
      weight: weightDefault,
      lagMicros,
      lagAtMostMicros: atMostMicros,
      lagReason: reason,
      delayMicros,
      reachable,
      fault: this.fault,
      threadsRunning,
      connections,
      connectionsMax,
      gtidExecuted: this.#executed(),
      admin: this.order,
    };
  }

  /** The link knows of an epoch before the server tells of its GTIDs; without a link the server knows best. */
  #executed(): GtidSet | null {
    if (!this.#isStale) return this.#gtidExecuted;
    this.#isStale = false;
    this.#gtidExecuted = this.lag.applied?.clone() ?? this.probe.reading.gtidExecuted;
    return this.#gtidExecuted;
  }
}

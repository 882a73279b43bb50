import type { GtidSet } from '../gtid/gtid-set.js';
import type { AdminOrder, ReplicaInputs } from '../hints/hint-inputs.js';
import { LinkActivity } from '../link/link-activity.js';
import { LinkLag } from '../lag/link-lag.js';
import type { LinkProgress } from '../link/link-progress.js';
import type { LinkState } from '../link/link-state.js';
import { localMicros } from '../lag/local-micros.js';
import type { LinkSettings } from '../link/link-settings.js';
import type { TableName, TablesLag } from '../server/hints-feed.js';
import type { ReplicaEndpointSettings } from './endpoint-settings.js';
import { type ProbeReading, ServerProbe } from './server-probe.js';

/** One replica as hints see it: what its link measures, what it says of itself, and what was ordered. */
export class WatchedReplica {
  readonly id: string;
  readonly lag: LinkLag;
  readonly activity: LinkActivity;
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
  /** What a link knew of a server that has been away since, and may have come back with less. */
  #doubted: GtidSet | null = null;
  #seen: ProbeReading;
  readonly #own: ReplicaEndpointSettings;

  constructor(
    settings: LinkSettings,
    own: ReplicaEndpointSettings,
    { onEpoch, onLook, hotKeys }: { onEpoch: () => void; onLook: () => void; hotKeys: boolean },
  ) {
    this.id = settings.name;
    this.#own = own;
    this.activity = new LinkActivity({ lanes: settings.lanes, hotKeys }, onLook);
    this.lag = new LinkLag(() => {
      this.#isStale = true;
      onEpoch();
    });
    this.probe = new ServerProbe(settings.replica, () => {
      this.#isStale = true;
      if (wasAway(this.#seen, this.probe.reading)) this.#doubted = this.lag.applied;
      this.#seen = this.probe.reading;
      onLook();
    });
    this.#seen = this.probe.reading;
  }

  /** Where its link stands: an error that it cannot get past comes before what it did last. */
  get linkState(): LinkState {
    const { state } = this.activity.standing;
    if (state === 'failed' || state === 'stopped') return state;
    if (state === 'waiting') return 'failed';
    return state === 'retrying' ? 'reconnecting' : (this.progress?.().state ?? 'starting');
  }

  inputs(): ReplicaInputs {
    const reading = this.lag.meter.read(localMicros());
    const { lagMicros, atMostMicros, reason, delayMicros } = reading;
    const { reachable, threadsRunning, connections, connectionsMax } = this.probe.reading;
    return {
      id: this.id,
      zone: this.#own.zone,
      weight: this.#own.weight,
      lagMicros,
      lagAtMostMicros: atMostMicros,
      lagReason: reason,
      delayMicros,
      originLagMicros: reading.originLagMicros,
      originAtMostMicros: reading.originAtMostMicros,
      reachable,
      fault: this.fault,
      threadsRunning,
      connections,
      connectionsMax,
      gtidExecuted: this.#executed(),
      link: this.activity.standing,
      admin: this.order,
    };
  }

  /** The worst of some tables, at least one. `returnMs`: the lag below which the replica would come back by itself. */
  tablesLag(tables: readonly TableName[], returnMs: number): TablesLag {
    const now = localMicros();
    const { meter } = this.lag;
    const lags = tables.map(([schema, table]) => meter.tableLag(now, schema, table));
    const isUsable = this.probe.reading.reachable === true && this.fault === null;
    return {
      lagMicros: worst(lags.map(({ lagMicros }) => lagMicros)),
      lagAtMostMicros: worst(lags.map(({ atMostMicros }) => atMostMicros)),
      originLagMicros: worst(lags.map(({ originLagMicros }) => originLagMicros)),
      originAtMostMicros: worst(lags.map(({ originAtMostMicros }) => originAtMostMicros)),
      isOutForLag: isUsable && (meter.lag(now).lagMicros ?? 0) > returnMs * 1_000,
    };
  }

  /**
   * The link knows of an epoch before the server tells of its GTIDs. Without a link, and while an idle link has not noticed yet that the
   * server was away, the server knows best.
   */
  #executed(): GtidSet | null {
    if (!this.#isStale) return this.#gtidExecuted;
    this.#isStale = false;
    const { applied } = this.lag;
    const isKnown = applied !== null && applied !== this.#doubted;
    this.#gtidExecuted = isKnown ? applied.clone() : this.probe.reading.gtidExecuted;
    return this.#gtidExecuted;
  }
}

/** Whether a server did not answer, was restarted, or is another one than it was at the look before. */
function wasAway(before: ProbeReading, now: ProbeReading): boolean {
  if (now.reachable === false) return true;
  const isOther = before.serverUuid !== null && now.serverUuid !== before.serverUuid;
  return isOther || (now.uptimeSeconds ?? 0) < (before.uptimeSeconds ?? 0);
}

/** null if any of them is. */
function worst(micros: readonly (number | null)[]): number | null {
  return micros.reduce((most, one) => (most === null || one === null ? null : Math.max(most, one)), 0);
}

import { GtidSet } from '../gtid/gtid-set.js';
import { quoteString } from '../mysql/identifier.js';
import { failpoint } from './failpoint.js';
import { gtidText } from './lane/gtid-next.js';
import type { SnapshotLock } from './snapshot-lock.js';

/**
 * Tells the replica which GTIDs it has although they were not committed under their own names, so that `gtid_executed` is
 * true. Only sets whose epoch has been committed by every lane are ever given here. The lock that keeps snapshots out is given
 * back together with it.
 *
 * The lanes do not wait for it: what has not been adopted yet is `pending`, stands in the checkpoint of the epochs that follow,
 * and is adopted after a crash. What comes while a statement is under way goes into the next one together.
 */
export class GtidAdoption {
  readonly #lock: SnapshotLock;
  #pending = new GtidSet();
  #queued = new GtidSet();
  #running: Promise<void> | null = null;
  #failure: unknown = null;
  #newest: string;

  /** `newest` as the checkpoint knows it from before. */
  constructor(lock: SnapshotLock, newest = '') {
    this.#lock = lock;
    this.#newest = newest;
  }

  /** The GTID that came into `gtid_executed` last; empty: not known. */
  get newest(): string {
    return this.#newest;
  }

  /** `gtids` were committed under their own names. */
  came(gtids: GtidSet): void {
    this.#newest = lastGtid(gtids);
  }

  /** What was given and is not in `gtid_executed` yet. */
  get pending(): GtidSet {
    return this.#pending;
  }

  /** Adopts `gtids`; throws what an earlier adoption failed with. */
  adopt(gtids: GtidSet): void {
    if (this.#failure !== null) throw this.#failure as Error;
    this.#pending.addSet(gtids);
    this.#queued.addSet(gtids);
    this.#running ??= this.#run();
  }

  /** Waits until all that was given has been adopted. Rejects with what an adoption failed with. */
  async settled(): Promise<void> {
    await this.#running;
    if (this.#failure !== null) throw this.#failure as Error;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#queued.isEmpty()) {
        const gtids = this.#queued;
        this.#queued = new GtidSet();
        await this.#lock.release(`SET GLOBAL gtid_purged=${quoteString(`+${gtids.toString()}`)}`);
        this.#pending = this.#pending.subtract(gtids);
        this.came(gtids);
        failpoint('after-adoption');
      }
    } catch (error) {
      this.#failure = error;
    }
    this.#running = null;
  }
}

/** Some GTID of a set, as text; empty for an empty one. */
export function lastGtid(gtids: GtidSet): string {
  let found = '';
  for (const { sid, tag, last } of gtids.intervals()) found = gtidText({ sid, tag, gno: last });
  return found;
}

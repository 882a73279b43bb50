import type { ServerPair } from './server-pair.js';
import type { ReplicaProgress, SourcePosition } from './replica-progress.js';
import type { Chunk } from './table-work.js';

/** A second look at something that differed, to be taken once the replica has come to `position`. */
export interface Check {
  readonly chunk: Chunk;
  readonly position: SourcePosition | null;
  /** Not before this time, on the clock of `performance.now()`. */
  readonly notBeforeMs: number;
  /** Looks, and returns the checks that are still needed. */
  run(pair: ServerPair): Promise<readonly Check[]>;
}

/** New chunks wait while so many second looks wait for the replica. */
const waitingMax = 64;

/** Second looks that wait for the replica. */
export class PendingChecks {
  readonly #waiting: Check[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  get full(): boolean {
    return this.#waiting.length >= waitingMax;
  }

  add(checks: readonly Check[]): void {
    this.#waiting.push(...checks);
  }

  /** Takes out the first one that need wait no longer; null: none. */
  takeReady(progress: ReplicaProgress): Check | null {
    const nowMs = performance.now();
    const at = this.#waiting.findIndex(
      ({ position, notBeforeMs }) => notBeforeMs <= nowMs && progress.hasPassed(position),
    );
    return at === -1 ? null : (this.#waiting.splice(at, 1)[0] ?? null);
  }

  /** The oldest position that the replica has not come to; null: none is waited for. */
  oldestAwaited(progress: ReplicaProgress): SourcePosition | null {
    return this.#waiting.find(({ position }) => !progress.hasPassed(position))?.position ?? null;
  }

  /** Takes out all of a table that is compared again. */
  drop(abandoned: (check: Check) => boolean): void {
    for (let i = this.#waiting.length - 1; i >= 0; i -= 1) {
      if (abandoned(this.#waiting[i]!)) this.#waiting.splice(i, 1);
    }
  }
}

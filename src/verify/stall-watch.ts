import { TailraceError } from '../errors/tailrace-error.js';
import type { ReplicaProgress, SourcePosition } from './replica-progress.js';

/** What is shown of a set of GTIDs. */
const appliedCharactersMax = 400;

/** Gives up on a replica that comes no nearer to a position that is waited for. */
export class StallWatch {
  readonly #progress: ReplicaProgress;
  readonly #stalledMsMax: number;
  #position: SourcePosition | null = null;
  #missing = Infinity;
  #nearerMs = 0;

  constructor(progress: ReplicaProgress, stalledMsMax: number) {
    this.#progress = progress;
    this.#stalledMsMax = stalledMsMax;
  }

  /** To be called now and then with the oldest position that is waited for. Errors: TR_VERIFY_REPLICA_BEHIND. */
  check(position: SourcePosition): void {
    const nowMs = performance.now();
    const missing = this.#progress.missing(position);
    if (position !== this.#position || missing < this.#missing) {
      this.#position = position;
      this.#missing = missing;
      this.#nearerMs = nowMs;
    }
    if (nowMs - this.#nearerMs <= this.#stalledMsMax) return;
    const behind = position.kind === 'gtid' ? `${missing} transactions are missing; ` : '';
    throw new TailraceError('TR_VERIFY_REPLICA_BEHIND', {
      what: `For ${Math.round(this.#stalledMsMax / 1_000)} s the replica has made no progress towards the position of the source at which a difference was found.`,
      why: `${behind}it is at ${this.#progress.appliedText.slice(0, appliedCharactersMax)}`,
    });
  }
}

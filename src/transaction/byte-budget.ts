/** Released bytes must bring the budget down to this share before the stream goes on: it would stop and go with every event. */
const roomShare = 0.75;

/** Who is asked to stop reading, and when. */
export interface BudgetGuard {
  /** The budget is used up. */
  full(): void;
  /** A quarter of it is free again. */
  room(): void;
}

/** The bytes of events in memory, from the arrival of an event until its transaction is committed. */
export class ByteBudget {
  #bytesMax: number;
  readonly #guard: BudgetGuard | null;
  #heldBytes = 0;
  #isFull = false;

  /** Without a guard the bytes are only counted. */
  constructor(bytesMax: number, guard: BudgetGuard | null = null) {
    this.#bytesMax = bytesMax;
    this.#guard = guard;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** It is used up, and not enough of it is free again. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Sets another limit. */
  limit(bytesMax: number): void {
    this.#bytesMax = bytesMax;
    this.hold(0);
  }

  /** An event of `bytes` bytes has arrived. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#isFull || this.#heldBytes < this.#bytesMax) return;
    this.#isFull = true;
    this.#guard?.full();
  }

  /** Nothing holds these bytes any longer. */
  release(bytes: number): void {
    this.#heldBytes -= bytes;
    if (!this.#isFull || this.#heldBytes > this.#bytesMax * roomShare) return;
    this.#isFull = false;
    this.#guard?.room();
  }
}

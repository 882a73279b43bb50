/** Bytes of a slab; an event that is larger gets one of its own. */
const slabBytes = 1024 * 1024;

/** A piece of memory that holds the row events of some consecutive transactions. */
export class EventSlab {
  readonly bytes: Buffer;
  #holders = 0;
  #filling = true;

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
  }

  hold(): void {
    this.#holders++;
  }

  /** A transaction in it is done. */
  release(): void {
    this.#holders--;
    this.#freeIfDone();
  }

  /** Nothing more will be written to it. */
  seal(): void {
    this.#filling = false;
    this.#freeIfDone();
  }

  /**
   * Takes the memory away from the buffer instead of waiting for the collector, which sees only the small object and is in no
   * hurry. Whoever still read from it would get an error, never other bytes.
   */
  #freeIfDone(): void {
    if (this.#filling || this.#holders > 0) return;
    const memory = this.bytes.buffer as ArrayBuffer;
    structuredClone(memory, { transfer: [memory] });
  }
}

/**
 * Where row events live between the stream and the end of their epoch. They are copied out of the network's chunks, which then
 * die young; a chunk that stays is collected late, and memory would grow to a multiple of the budget.
 */
export class EventSlabs {
  #slab: EventSlab | null = null;
  #used = 0;

  /** Copies an event; the slab that holds it and where it starts there. */
  copy(bytes: Buffer, start: number, end: number): { readonly slab: EventSlab; readonly at: number } {
    const length = end - start;
    if (this.#slab === null || this.#used + length > this.#slab.bytes.length) {
      this.#slab?.seal();
      this.#slab = new EventSlab(Math.max(slabBytes, length));
      this.#used = 0;
    }
    const at = this.#used;
    bytes.copy(this.#slab.bytes, at, start, end);
    this.#used = at + length;
    return { slab: this.#slab, at };
  }
}

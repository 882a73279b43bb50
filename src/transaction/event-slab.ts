/** Bytes of a slab; what is larger gets one of its own. */
const slabBytes = 1024 * 1024;

/** Memory of slabs that are done, kept for the next ones: so many at most. */
const spareMax = 16;

/** A piece of memory that holds the events of some consecutive transactions, as they came from the network. */
export class EventSlab {
  readonly bytes: Buffer;
  /** A list of this slab alone, for the transactions that lie in no other: nearly all. */
  readonly alone: readonly EventSlab[] = [this];
  readonly #spare: SpareMemory;
  #holders = 0;
  #filling = true;

  constructor(bytes: Buffer, spare: SpareMemory) {
    this.bytes = bytes;
    this.#spare = spare;
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

  #freeIfDone(): void {
    if (!this.#filling && this.#holders <= 0) this.#spare.take(this.bytes);
  }
}

/**
 * Memory of slabs that are done. It is taken away from their buffers at once instead of waiting for the collector, which sees
 * only the small object and is in no hurry; whoever still read from one would get an error, never other bytes. And it is used
 * again: memory that is new to the process costs more than the copying into it.
 */
export class SpareMemory {
  readonly #spare: ArrayBuffer[] = [];

  /** A new slab of at least so many bytes. */
  slab(bytes: number): EventSlab {
    const spare = bytes <= slabBytes ? this.#spare.pop() : undefined;
    const memory =
      spare === undefined ? Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes)) : Buffer.from(spare);
    return new EventSlab(memory, this);
  }

  /** The memory of a slab that is done. */
  take(bytes: Buffer): void {
    const memory = bytes.buffer as ArrayBuffer;
    const own = structuredClone(memory, { transfer: [memory] });
    if (own.byteLength === slabBytes && this.#spare.length < spareMax) this.#spare.push(own);
  }
}

import { type EventSlab, SpareMemory } from '../transaction/event-slab.js';

/**
 * Memory that is filled piece by piece and read event by event. Neighbours share a slab; what has not been read when one is
 * full moves to the next.
 */
export class SlabFiller {
  readonly #spare = new SpareMemory();
  #slab = this.#spare.slab(0);
  #filled = 0;
  #at = 0;
  #isClosed = false;

  /** The slab that is being filled, what has not been read of it yet, and where that starts. */
  get slab(): EventSlab {
    return this.#slab;
  }

  get unread(): number {
    return this.#filled - this.#at;
  }

  get at(): number {
    return this.#at;
  }

  /** So many bytes have been read. */
  read(bytes: number): void {
    this.#at += bytes;
  }

  /** Copies a piece behind what there is. An event that does not fit moves to a slab twice as large, not to one as large as it claims. */
  append(piece: Uint8Array): void {
    if (this.#filled + piece.length > this.#slab.bytes.length) {
      const rest = this.unread;
      const next = this.#spare.slab(Math.max(2 * rest, rest + piece.length));
      this.#slab.bytes.copy(next.bytes, 0, this.#at, this.#filled);
      this.#slab.seal();
      this.#slab = next;
      this.#at = 0;
      this.#filled = rest;
    }
    this.#slab.bytes.set(piece, this.#filled);
    this.#filled += piece.length;
  }

  /** Nothing more comes: the memory is let go with the last transaction in it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#slab.seal();
  }
}

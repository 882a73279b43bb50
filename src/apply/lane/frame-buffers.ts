/** Buffers of more than this are not kept: only a giant row needs one. */
const keptBytesMax = 2 * 1024 * 1024;
const keptMax = 3;

/**
 * Buffers that a lane's commands are framed in, used again once the server has answered: a fresh one for every statement would
 * leave as much garbage outside of the heap as the binary log is long, and the collector sees only the small objects that
 * point to it.
 */
export class FrameBuffers {
  readonly #free: Buffer[] = [];

  /** A buffer of `bytes` bytes. */
  take(bytes: number): Buffer {
    // The smallest that is large enough, so that a COMMIT does not take the one that the next chunk needs.
    let index = -1;
    this.#free.forEach((buffer, at) => {
      if (buffer.length >= bytes && (index < 0 || buffer.length < (this.#free[index]?.length ?? 0)))
        index = at;
    });
    // Not from Node's shared pool: a frame that shares its memory could not be given back.
    if (index < 0) return Buffer.allocUnsafeSlow(bytes);
    const [buffer] = this.#free.splice(index, 1) as [Buffer];
    return buffer.subarray(0, bytes);
  }

  /** Gives back what `take` gave, once nobody reads it any more. */
  give(frame: Buffer): void {
    const whole = Buffer.from(frame.buffer, frame.byteOffset, frame.buffer.byteLength - frame.byteOffset);
    if (whole.length > keptBytesMax || frame.byteOffset !== 0) return;
    if (this.#free.length === keptMax) {
      const smallest = this.#free.reduce((a, b) => (b.length < a.length ? b : a));
      if (smallest.length >= whole.length) return;
      this.#free.splice(this.#free.indexOf(smallest), 1);
    }
    this.#free.push(whole);
  }
}

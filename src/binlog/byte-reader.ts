import { TailraceError } from '../errors/tailrace-error.js';

/** Reads integers and texts of one event in order; every read is checked against the event's end. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #what: string;
  #at: number;

  /** `what` names the event in errors. */
  constructor(bytes: Buffer, start: number, end: number, what: string) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#what = what;
  }

  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  #take(length: number): number {
    const at = this.#at;
    if (length < 0 || length > this.#end - at) {
      throw new TailraceError('TR_STREAM_CORRUPT', {
        what: `${this.#what} is truncated`,
        why: `${length} bytes were expected at offset ${at}, ${this.#end - at} are left`,
      });
    }
    this.#at = at + length;
    return at;
  }

  skip(length: number): void {
    this.#take(length);
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  uint24(): number {
    return this.#bytes.readUIntLE(this.#take(3), 3);
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  uint48(): number {
    return this.#bytes.readUIntLE(this.#take(6), 6);
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }

  bytes(length: number): Buffer {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(length: number, encoding: BufferEncoding = 'utf8'): string {
    const at = this.#take(length);
    return this.#bytes.toString(encoding, at, at + length);
  }

  /** A text that ends with a zero byte, which is consumed. */
  nullTerminated(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0 || end >= this.#end) this.#take(this.#end - this.#at + 1);
    const text = this.text(end - this.#at);
    this.skip(1);
    return text;
  }

  /** Length-encoded integer of the client protocol, limited to 2^53. */
  lengthEncoded(): number {
    const first = this.uint8();
    if (first < 0xfb) return first;
    if (first === 0xfc) return this.uint16();
    if (first === 0xfd) return this.uint24();
    if (first === 0xfe) {
      const value = this.uint64();
      if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
    }
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: `${this.#what} contains an impossible length`,
      why: `The length-encoded integer starts with byte ${first}.`,
    });
  }
}

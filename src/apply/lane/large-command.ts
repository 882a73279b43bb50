import type { Writable } from 'node:stream';
import { base64Text } from './base64-text.js';

/** Part of a batch's text: plain text, bytes as they are, or bytes to be written in base64. */
export type BatchPart = string | Buffer | { readonly base64: readonly Buffer[] };

/** Bytes before the payload of each frame: its length, and its number. */
export const frameBytes = 4;
export const framePayloadMax = 0xffffff;

/**
 * A command whose text needs several frames of the client protocol: each but the last has a full payload, and the last is shorter,
 * if need be empty. It is encoded while it is sent, a little at a time: the text of a row of many mebibytes would be held
 * several times over otherwise.
 */
export class LargeCommand {
  readonly #parts: readonly BatchPart[];
  readonly #payloadBytes: number;

  /** `payloadBytes`: of the text that `parts` become. */
  constructor(parts: readonly BatchPart[], payloadBytes: number) {
    this.#parts = parts;
    this.#payloadBytes = payloadBytes;
  }

  get frameCount(): number {
    return Math.floor(this.#payloadBytes / framePayloadMax) + 1;
  }

  /** Resolves when all is written, or the connection is lost: the caller that awaits the answer gets the error. */
  async writeTo(stream: Writable): Promise<void> {
    for (const piece of this.pieces()) {
      const lost = await new Promise<boolean>((resolve) => {
        stream.write(piece, (error) => {
          resolve(error !== undefined && error !== null);
        });
      });
      if (lost) return;
    }
  }

  /** The bytes of all frames. */
  *pieces(): Generator<Buffer, void, undefined> {
    let number = 0;
    let left = this.#payloadBytes;
    let room = 0;
    const header = (): Buffer => {
      room = Math.min(framePayloadMax, left);
      const bytes = Buffer.alloc(frameBytes);
      bytes.writeUIntLE(room, 0, 3);
      bytes.writeUInt8(number & 0xff, 3);
      number++;
      return bytes;
    };
    for (const part of this.#parts) {
      for (const text of textOf(part)) {
        for (let at = 0; at < text.length;) {
          if (room === 0) yield header();
          const taken = Math.min(room, text.length - at);
          yield text.subarray(at, at + taken);
          at += taken;
          room -= taken;
          left -= taken;
        }
      }
    }
    while (number < this.frameCount) yield header();
  }
}

function* textOf(part: BatchPart): Generator<Buffer, void, undefined> {
  if (typeof part === 'string') yield Buffer.from(part);
  else if (Buffer.isBuffer(part)) yield part;
  else for (const text of base64Text(part.base64)) yield Buffer.from(text, 'latin1');
}

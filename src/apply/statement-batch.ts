import type { ServerConnection } from '../mysql/server-connection.js';
import type { FrameBuffers } from './frame-buffers.js';

/** What is used of mysql2's connection below its public interface. */
interface RawConnection {
  readonly clientEncoding: string;
  readonly config: { readonly clientFlags: number };
  readonly serverCapabilityFlags?: number;
  write(bytes: Buffer): void;
  _resetSequenceId(): void;
  _bumpSequenceId(packets: number): void;
}

interface RawPacket {
  readonly buffer: Buffer;
  readonly offset: number;
  isError(): boolean;
  isEOF(): boolean;
  asError(encoding: string): Error;
}

const comQuery = 0x03;
const okMarker = 0x00;
const clientQueryAttributes = 0x08000000;
const frameBytes = 4;
const framePayloadMax = 0xffffff;

/** Part of a batch's text: plain text, bytes as they are, or bytes to be written in base64. */
export type BatchPart = string | Buffer | { readonly base64: Buffer };

function partBytes(part: BatchPart): number {
  if (typeof part === 'string') return Buffer.byteLength(part);
  if (Buffer.isBuffer(part)) return part.length;
  return Math.ceil(part.base64.length / 3) * 4;
}

/**
 * Several statements sent in one write and answered one by one.
 *
 * mysql2's own query ends at the reply to BINLOG, which does not say that more results follow although they do; this command
 * counts the replies instead. The server stops at the first statement that fails, so that a COMMIT at the end of a
 * batch is never reached after a failed BINLOG. Rows, such as ANALYZE TABLE answers with, are passed over.
 */
class StatementBatch {
  readonly #frames: Buffer;
  readonly #done: (error: unknown) => void;
  #replies: number;
  #started = false;
  /** Of a reply with rows: one end stands behind the columns, one behind the rows. 0: no such reply is being read. */
  #endsDue = 0;

  constructor(frames: Buffer, statements: number, done: (error: unknown) => void) {
    this.#frames = frames;
    this.#replies = statements;
    this.#done = done;
  }

  /** Called by mysql2: first without a packet, then with each reply. True when the command is over. */
  execute(packet: RawPacket | undefined, connection: RawConnection): boolean {
    if (!this.#started) {
      this.#started = true;
      connection._resetSequenceId();
      connection.write(this.#frames);
      connection._bumpSequenceId(frameCount(this.#frames.length));
      return false;
    }
    if (packet === undefined) return false;
    if (packet.isError()) {
      this.#done(packet.asError(connection.clientEncoding));
      return true;
    }
    if (!this.#endsReply(packet)) return false;
    this.#replies--;
    if (this.#replies > 0) return false;
    this.#done(null);
    return true;
  }

  #endsReply(packet: RawPacket): boolean {
    if (this.#endsDue === 0) {
      if (packet.buffer[packet.offset] === okMarker) return true;
      this.#endsDue = 2;
      return false;
    }
    if (packet.isEOF()) this.#endsDue--;
    return this.#endsDue === 0;
  }

  /** Called by mysql2 when the connection breaks. */
  onResult(error: unknown): void {
    this.#done(error);
  }
}

/**
 * Bytes turned to base64 at once: the text in between is then small enough for the young generation, which forgets it at no
 * cost. One text of a whole statement would pile up among the long-lived objects. A multiple of three: no padding inside.
 */
const base64Step = 48 * 1024;

function writeBase64(target: Buffer, bytes: Buffer, start: number): number {
  let at = start;
  for (let from = 0; from < bytes.length; from += base64Step) {
    at += target.write(
      bytes.toString('base64', from, Math.min(from + base64Step, bytes.length)),
      at,
      'latin1',
    );
  }
  return at - start;
}

/** Frames of a command whose frames have `bytes` bytes together. */
function frameCount(bytes: number): number {
  return Math.floor(bytes / (framePayloadMax + frameBytes)) + 1;
}

/**
 * The text as a command in the client protocol's frames. A payload of 16 MiB and more goes in several; the last is shorter
 * than a full one, if need be empty.
 */
function frame(raw: RawConnection, parts: readonly BatchPart[], buffers: FrameBuffers | null): Buffer {
  const attributes = raw.config.clientFlags & (raw.serverCapabilityFlags ?? 0) & clientQueryAttributes;
  // Without attributes the text follows the command at once; with them "no parameters, one set" stands between.
  const command = Buffer.from(attributes === 0 ? [comQuery] : [comQuery, 0, 1]);
  const payloadBytes = parts.reduce((sum, part) => sum + partBytes(part), command.length);
  const single = payloadBytes < framePayloadMax;
  const bytes = payloadBytes + (single ? frameBytes : 0);
  const payload = buffers !== null && single ? buffers.take(bytes) : Buffer.allocUnsafe(bytes);
  let at = single ? frameBytes : 0;
  at += command.copy(payload, at);
  for (const part of parts) {
    if (typeof part === 'string') at += payload.write(part, at);
    else if (Buffer.isBuffer(part)) at += part.copy(payload, at);
    else at += writeBase64(payload, part.base64, at);
  }
  if (single) {
    payload.writeUIntLE(payloadBytes, 0, 3);
    payload.writeUInt8(0, 3);
    return payload;
  }
  const frames: Buffer[] = [];
  for (let start = 0, sequence = 0; start <= payload.length; start += framePayloadMax, sequence++) {
    const piece = payload.subarray(start, start + framePayloadMax);
    const header = Buffer.alloc(frameBytes);
    header.writeUIntLE(piece.length, 0, 3);
    header.writeUInt8(sequence & 0xff, 3);
    frames.push(header, piece);
  }
  return Buffer.concat(frames);
}

/**
 * Sends `parts` as one text of `statements` statements and waits for all replies. The parts are read before this returns, so
 * that the caller may reuse their buffers. With `buffers` the text is framed in one of those. The connection must allow multiple statements if there are several. Rejects with
 * `ServerError` or TR_SERVER_LOST.
 */
export async function runBatch(
  connection: ServerConnection,
  parts: readonly BatchPart[],
  statements: number,
  buffers: FrameBuffers | null = null,
): Promise<void> {
  const frames = frame(connection.raw as unknown as RawConnection, parts, buffers);
  await connection.command((done) => new StatementBatch(frames, statements, done));
  // Answered, and so sent. After an error the socket may still hold the bytes: then they are left to the collector.
  buffers?.give(frames);
}

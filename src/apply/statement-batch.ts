import type { ServerConnection } from '../mysql/server-connection.js';

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
  isError(): boolean;
  asError(encoding: string): Error;
}

const comQuery = 0x03;
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
 * batch is never reached after a failed BINLOG. No statement of a batch may return rows.
 */
class StatementBatch {
  readonly #frames: Buffer;
  readonly #done: (error: unknown) => void;
  #replies: number;
  #started = false;

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
    this.#replies--;
    if (this.#replies > 0) return false;
    this.#done(null);
    return true;
  }

  /** Called by mysql2 when the connection breaks. */
  onResult(error: unknown): void {
    this.#done(error);
  }
}

/** Frames of a command whose frames have `bytes` bytes together. */
function frameCount(bytes: number): number {
  return Math.floor(bytes / (framePayloadMax + frameBytes)) + 1;
}

/**
 * The text as a command in the client protocol's frames. A payload of 16 MiB and more goes in several; the last is shorter
 * than a full one, if need be empty.
 */
function frame(raw: RawConnection, parts: readonly BatchPart[]): Buffer {
  const attributes = raw.config.clientFlags & (raw.serverCapabilityFlags ?? 0) & clientQueryAttributes;
  // Without attributes the text follows the command at once; with them "no parameters, one set" stands between.
  const command = Buffer.from(attributes === 0 ? [comQuery] : [comQuery, 0, 1]);
  const payloadBytes = parts.reduce((sum, part) => sum + partBytes(part), command.length);
  const single = payloadBytes < framePayloadMax;
  const payload = Buffer.allocUnsafe(payloadBytes + (single ? frameBytes : 0));
  let at = single ? frameBytes : 0;
  at += command.copy(payload, at);
  for (const part of parts) {
    if (typeof part === 'string') at += payload.write(part, at);
    else if (Buffer.isBuffer(part)) at += part.copy(payload, at);
    else at += payload.write(part.base64.toString('base64'), at, 'latin1');
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
 * that the caller may reuse their buffers. The connection must allow multiple statements if there are several. Rejects with
 * `ServerError` or TR_SERVER_LOST.
 */
export function runBatch(
  connection: ServerConnection,
  parts: readonly BatchPart[],
  statements: number,
): Promise<void> {
  const frames = frame(connection.raw as unknown as RawConnection, parts);
  return connection.command((done) => new StatementBatch(frames, statements, done));
}

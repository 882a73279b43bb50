import type { BatchPart } from './large-command.js';
import type { Writable } from 'node:stream';
import type { ServerConnection } from '../../mysql/server-connection.js';
import { base64Bytes, base64Text } from './base64-text.js';
import type { FrameBuffers } from './frame-buffers.js';
import { frameBytes, framePayloadMax, LargeCommand } from './large-command.js';

/** What is used of mysql2's connection below its public interface. */
interface RawConnection {
  readonly clientEncoding: string;
  readonly config: { readonly clientFlags: number };
  readonly serverCapabilityFlags?: number;
  readonly stream: Writable;
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

function partBytes(part: BatchPart): number {
  if (typeof part === 'string') return Buffer.byteLength(part);
  if (Buffer.isBuffer(part)) return part.length;
  return base64Bytes(part.base64);
}

/**
 * Several statements sent in one write and answered one by one.
 *
 * mysql2's own query ends at the reply to BINLOG, which does not say that more results follow although they do; this command
 * counts the replies instead. The server stops at the first statement that fails, so that a COMMIT at the end of a
 * batch is never reached after a failed BINLOG. Rows, such as ANALYZE TABLE answers with, are passed over.
 */
class StatementBatch {
  readonly #frames: Buffer | LargeCommand;
  readonly #done: (error: unknown) => void;
  #replies: number;
  #started = false;
  /** Of a reply with rows: one end stands behind the columns, one behind the rows. 0: no such reply is being read. */
  #endsDue = 0;

  constructor(frames: Buffer | LargeCommand, statements: number, done: (error: unknown) => void) {
    this.#frames = frames;
    this.#replies = statements;
    this.#done = done;
  }

  /** Called by mysql2: first without a packet, then with each reply. True when the command is over. */
  execute(packet: RawPacket | undefined, connection: RawConnection): boolean {
    if (!this.#started) {
      this.#started = true;
      connection._resetSequenceId();
      if (Buffer.isBuffer(this.#frames)) {
        connection.write(this.#frames);
        connection._bumpSequenceId(1);
      } else {
        connection._bumpSequenceId(this.#frames.frameCount);
        void this.#frames.writeTo(connection.stream);
      }
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

/** A large command is read while it is sent, and what is one piece lies in memory that is used again. */
function owned(part: BatchPart): BatchPart {
  if (typeof part === 'string' || Buffer.isBuffer(part) || part.base64.length !== 1) return part;
  return { base64: part.base64.map((piece) => Buffer.from(piece)) };
}

function writeBase64(target: Buffer, pieces: readonly Buffer[], start: number): number {
  let at = start;
  for (const text of base64Text(pieces)) at += target.write(text, at, 'latin1');
  return at - start;
}

/** The text as a command in one frame of the client protocol, or, where it needs several, as their writer. */
function frame(
  raw: RawConnection,
  parts: readonly BatchPart[],
  buffers: FrameBuffers | null,
): Buffer | LargeCommand {
  const attributes = raw.config.clientFlags & (raw.serverCapabilityFlags ?? 0) & clientQueryAttributes;
  // Without attributes the text follows the command at once; with them "no parameters, one set" stands between.
  const command = Buffer.from(attributes === 0 ? [comQuery] : [comQuery, 0, 1]);
  const payloadBytes = parts.reduce((sum, part) => sum + partBytes(part), command.length);
  if (payloadBytes >= framePayloadMax) return new LargeCommand([command, ...parts.map(owned)], payloadBytes);
  const bytes = payloadBytes + frameBytes;
  const payload = buffers === null ? Buffer.allocUnsafe(bytes) : buffers.take(bytes);
  payload.writeUIntLE(payloadBytes, 0, 3);
  payload.writeUInt8(0, 3);
  let at = frameBytes + command.copy(payload, frameBytes);
  for (const part of parts) {
    if (typeof part === 'string') at += payload.write(part, at);
    else if (Buffer.isBuffer(part)) at += part.copy(payload, at);
    else at += writeBase64(payload, part.base64, at);
  }
  return payload;
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
  if (Buffer.isBuffer(frames)) buffers?.give(frames);
}

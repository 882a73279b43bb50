import { encodeGtidSet } from '../../gtid/encode-gtid-set.js';
import type { GtidSet } from '../../gtid/gtid-set.js';

/** What is used of mysql2's connection below its public interface. */
interface RawConnection {
  write(bytes: Buffer): void;
  _resetSequenceId(): void;
}

const comBinlogDumpGtid = 0x1e;
const headerBytes = 4;
const payloadBytesMax = 0xffffff;
/** The first event of a file stands behind its magic number. */
const firstOffset = 4n;

/**
 * Asks a source for all that is not in a GTID set, as a command of mysql2's queue that has no end: what answers is taken from the
 * socket. zongji asks too, but takes the set apart in a time that grows with the square of its gaps: over a minute for 30,000.
 */
export class DumpCommand {
  readonly #frames: Buffer;

  constructor(serverId: number, set: GtidSet) {
    this.#frames = packetsOf(dumpPayload(serverId, set));
  }

  /** Called by mysql2. False: it is not over, and nothing behind it is sent. */
  execute(packet: unknown, connection: RawConnection): boolean {
    if (packet !== undefined) return false;
    connection._resetSequenceId();
    connection.write(this.#frames);
    return false;
  }

  /** Called by mysql2 when the connection breaks; whoever reads the socket sees it, too. */
  onResult(): void {
    // Nobody waits for an answer.
  }
}

/** Flags (2 bytes), server_id (4), length of the file's name (4): none, offset (8), length of the set (4), the set. */
function dumpPayload(serverId: number, set: GtidSet): Buffer {
  const encoded = encodeGtidSet(set);
  const head = Buffer.alloc(23);
  let at = head.writeUInt8(comBinlogDumpGtid, 0);
  at = head.writeUInt16LE(0, at);
  at = head.writeUInt32LE(serverId, at);
  at = head.writeUInt32LE(0, at);
  at = head.writeBigUInt64LE(firstOffset, at);
  head.writeUInt32LE(encoded.length, at);
  return Buffer.concat([head, encoded]);
}

/** In packets: length (3 bytes) and number. One of less than the greatest length is the last. */
export function packetsOf(payload: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let from = 0, number = 0; from <= payload.length; from += payloadBytesMax, number++) {
    const piece = payload.subarray(from, from + payloadBytesMax);
    const header = Buffer.alloc(headerBytes);
    header.writeUIntLE(piece.length, 0, 3);
    header.writeUInt8(number & 0xff, 3);
    pieces.push(header, piece);
  }
  return Buffer.concat(pieces);
}

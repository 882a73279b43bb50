import { TailraceError } from '../errors/tailrace-error.js';
import { ByteReader } from './byte-reader.js';
import { eventHeaderBytes } from './event-header.js';
import { EventType } from './event-type.js';
import { readTaggedGtidEvent } from './tagged-gtid-event.js';

/** One transaction's global identifier: `sid:gno`, or `sid:tag:gno`. */
export interface Gtid {
  readonly sid: string;
  readonly tag: string;
  readonly gno: number;
}

/** What starts a transaction in the binary log: its identifier, its place in the logical clock, its commit times. */
export interface GtidEvent {
  /** null: anonymous. */
  readonly gtid: Gtid | null;
  readonly lastCommitted: number;
  readonly sequenceNumber: number;
  /** µs since 1970 at which the transaction was committed on its first source; null before MySQL 8.0. */
  readonly originalCommitMicros: number | null;
  /** µs since 1970 at which it was committed on the server that sends it; null before MySQL 8.0. */
  readonly immediateCommitMicros: number | null;
}

const logicalClockCode = 2;
const otherFollowsFlag = 0x80_0000;

/** The UUID read last: nearly every transaction of a source has the same, and its text costs more than the rest of the event. */
let lastUuid = { bytes: Buffer.alloc(16), text: '00000000-0000-0000-0000-000000000000' };

/** Text of a server's UUID from its 16 bytes. */
export function readUuid(bytes: Buffer): string {
  if (!lastUuid.bytes.equals(bytes)) lastUuid = { bytes: Buffer.from(bytes), text: uuidText(bytes) };
  return lastUuid.text;
}

function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Seven bytes: µs since 1970, and in the highest bit whether the commit time on the first source follows. */
function readCommitTime(reader: ByteReader): { readonly micros: number; readonly otherFollows: boolean } {
  const low = reader.uint32();
  const high = reader.uint24();
  return {
    micros: low + (high & ~otherFollowsFlag) * 2 ** 32,
    otherFollows: (high & otherFollowsFlag) !== 0,
  };
}

/** `gno` as a number, or TR_STREAM_CORRUPT outside of 1 … 2^53-1. */
export function safeGno(gno: bigint): number {
  if (gno < 1n || gno > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: `a GTID event holds the transaction number ${gno}`,
      why: 'tailrace counts from 1 to 2^53 - 1',
    });
  }
  return Number(gno);
}

/**
 * Reads a GTID event without its checksum: type 33, 34 (anonymous) or 42 (tagged).
 * Format: class `Gtid_event` in MySQL's libs/mysql/binlog/event/control_events.h.
 */
export function readGtidEvent(event: Buffer): GtidEvent {
  const type = event.readUInt8(4);
  if (type === EventType.GtidTagged) return readTaggedGtidEvent(event);
  const reader = new ByteReader(event, eventHeaderBytes, event.length, 'a GTID event');
  reader.skip(1);
  const sid = readUuid(reader.bytes(16));
  const rawGno = reader.uint64();
  const gtid = type === EventType.AnonymousGtid ? null : { sid, tag: '', gno: safeGno(rawGno) };
  let lastCommitted = 0;
  let sequenceNumber = 0;
  // 5.6 ends here; the logical clock came with 5.7, commit times with 8.0.
  if (reader.remaining >= 17 && reader.uint8() === logicalClockCode) {
    lastCommitted = Number(reader.uint64());
    sequenceNumber = Number(reader.uint64());
  }
  let immediate: number | null = null;
  let original: number | null = null;
  if (reader.remaining >= 7) {
    const own = readCommitTime(reader);
    immediate = own.micros;
    original = own.otherFollows ? readCommitTime(reader).micros : immediate;
  }
  return {
    gtid,
    lastCommitted,
    sequenceNumber,
    originalCommitMicros: original,
    immediateCommitMicros: immediate,
  };
}

import { readUuid, safeGno } from './gtid-fields.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { eventHeaderBytes, eventTypeAt } from './event-header.js';
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

/** Flags, UUID and number: all that MySQL 5.6 writes. */
const identityBytes = 1 + 16 + 8;
/** What 5.7 added: the code, `last_committed` and `sequence_number`. */
const logicalClockBytes = 1 + 8 + 8;
/** What 8.0 added: µs since 1970, and in the highest bit whether the commit time on the first source follows. */
const commitTimeBytes = 7;
const highLimit = 2 ** 21;

/** 64 bits as a double: exact up to 2^53, and no transaction number of the logical clock is beyond. */
function uint64At(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

function gnoAt(bytes: Buffer, at: number): number {
  const gno = uint64At(bytes, at);
  return gno >= 1 && bytes.readUInt32LE(at + 4) < highLimit ? gno : safeGno(bytes.readBigUInt64LE(at));
}

function commitTimeAt(bytes: Buffer, at: number): number {
  const high = bytes.readUIntLE(at + 4, 3);
  return bytes.readUInt32LE(at) + (high & ~otherFollowsFlag) * 2 ** 32;
}

/**
 * Reads the GTID event in `bytes` from `start` to `end`, without its checksum: type 33, 34 (anonymous) or 42 (tagged). Every
 * transaction has one, so it is read in place.
 * Format: class `Gtid_event` in MySQL's libs/mysql/binlog/event/control_events.h.
 */
export function readGtidEvent(bytes: Buffer, start = 0, end = bytes.length): GtidEvent {
  const type = bytes[start + eventTypeAt];
  if (type === EventType.GtidTagged) return readTaggedGtidEvent(bytes.subarray(start, end));
  let at = start + eventHeaderBytes;
  if (end - at < identityBytes) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: 'A GTID event is truncated.',
      why: `It needs ${identityBytes} bytes after its header and has ${end - at}.`,
    });
  }
  const gtid =
    type === EventType.AnonymousGtid
      ? null
      : { sid: readUuid(bytes, at + 1), tag: '', gno: gnoAt(bytes, at + 17) };
  at += identityBytes;
  let lastCommitted = 0;
  let sequenceNumber = 0;
  let immediate: number | null = null;
  let original: number | null = null;
  if (end - at >= logicalClockBytes && bytes[at] === logicalClockCode) {
    lastCommitted = uint64At(bytes, at + 1);
    sequenceNumber = uint64At(bytes, at + 9);
    at += logicalClockBytes;
    if (end - at >= commitTimeBytes) {
      original = immediate = commitTimeAt(bytes, at);
      if (((bytes[at + 6] as number) & 0x80) !== 0) {
        if (end - at < 2 * commitTimeBytes) {
          throw new TailraceError('TR_STREAM_CORRUPT', {
            what: 'A GTID event is truncated.',
            why: 'It announces a second commit time but ends before it.',
          });
        }
        original = commitTimeAt(bytes, at + commitTimeBytes);
      }
    }
  }
  return {
    gtid,
    lastCommitted,
    sequenceNumber,
    originalCommitMicros: original,
    immediateCommitMicros: immediate,
  };
}

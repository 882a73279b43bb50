import { TailraceError } from '../errors/tailrace-error.js';

/** Bytes of the common header that starts every event (version 4 of the binary log). */
export const eventHeaderBytes = 19;

/** Bytes of the CRC32 that ends an event when the log is written with checksums. */
export const checksumBytes = 4;

/** Where the common header keeps the event's type, one byte. */
export const eventTypeAt = 4;

/** Where the common header keeps the event's length, four bytes, little-endian. */
export const eventLengthAt = 9;

/** The common header: see "Common-Header" in MySQL's source documentation, page "Replication Protocol". */
export interface EventHeader {
  /** Seconds since 1970 at which the statement started on the source. */
  readonly timestamp: number;
  readonly type: number;
  readonly serverId: number;
  /** Bytes of the whole event with header and checksum. */
  readonly length: number;
  /** Offset of the next event in its file, modulo 2^32; 0 for events that are not in a file. */
  readonly nextPosition: number;
  readonly flags: number;
}

/** Flag of events that are not in the binary log file, such as the rotate event at the start of a dump. */
export const artificialFlag = 0x20;

/** Flag of events that a reader which does not know them may pass over. */
export const ignorableFlag = 0x80;

/** Reads the header of `event`, which must be one whole event. Throws TR_STREAM_CORRUPT when lengths disagree. */
export function readEventHeader(event: Buffer): EventHeader {
  if (event.length < eventHeaderBytes) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: 'An event is shorter than its header.',
      why: `It has ${event.length} bytes, a header has ${eventHeaderBytes}.`,
    });
  }
  const length = event.readUInt32LE(eventLengthAt);
  if (length !== event.length) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: 'The length of an event contradicts its header.',
      why: `The header says ${length} bytes, the event has ${event.length}.`,
    });
  }
  return {
    timestamp: event.readUInt32LE(0),
    type: event.readUInt8(eventTypeAt),
    serverId: event.readUInt32LE(5),
    length,
    nextPosition: event.readUInt32LE(13),
    flags: event.readUInt16LE(17),
  };
}

const offsetRange = 2 ** 32;

/** The whole of an offset of which a header tells the lower 32 bits, and which is not before `offset`. */
export function offsetBehind(offset: number, lowerBits: number): number {
  const whole = Math.floor(offset / offsetRange) * offsetRange + lowerBits;
  return whole < offset ? whole + offsetRange : whole;
}

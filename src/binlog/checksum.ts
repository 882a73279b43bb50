import { TailraceError } from '../errors/tailrace-error.js';
import { crc32 } from './crc32.js';
import { checksumBytes, eventHeaderBytes, eventTypeAt } from './event-header.js';
import { eventTypeName } from './event-type.js';

/**
 * Verifies the CRC32 that ends the event in `bytes` from `start` to `end`, and gives where the event ends without it. Throws
 * TR_STREAM_CHECKSUM.
 */
export function verifyChecksum(bytes: Buffer, start = 0, end = bytes.length): number {
  if (end - start < eventHeaderBytes + checksumBytes) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: 'An event is too short for its checksum.',
      why: `It has ${end - start} bytes.`,
    });
  }
  const bodyEnd = end - checksumBytes;
  const expected = bytes.readUInt32LE(bodyEnd);
  const found = crc32(bytes, start, bodyEnd);
  if (found !== expected) {
    throw new TailraceError('TR_STREAM_CHECKSUM', {
      what: `The checksum of an event of type ${eventTypeName(bytes[start + eventTypeAt] ?? 0)} does not match.`,
      why: `The event says ${expected.toString(16)}, its bytes give ${found.toString(16)}.`,
    });
  }
  return bodyEnd;
}

/** An event that may have a checksum, without it; `isSure`: it must have one, and a right one. */
export function withoutLikelyChecksum(raw: Buffer, isSure: boolean): Buffer {
  try {
    return raw.subarray(0, verifyChecksum(raw));
  } catch (error) {
    // Without a checksum the last bytes belong to what the event says; what is cut short by four bytes is then taken whole.
    if (isSure || raw.length - checksumBytes < eventHeaderBytes) throw error;
    return raw;
  }
}

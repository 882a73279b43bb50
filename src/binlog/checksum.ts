import * as zlib from 'node:zlib';
import { TailraceError } from '../errors/tailrace-error.js';
import { checksumBytes, eventHeaderBytes } from './event-header.js';
import { eventTypeName } from './event-type.js';

// Node 20.15 has crc32, its type declarations do not.
const crc32 = (zlib as unknown as { readonly crc32: (data: Buffer) => number }).crc32;

/** Verifies the CRC32 that ends the event from `start` to `end`, and gives the event without it. Throws TR_STREAM_CHECKSUM. */
export function verifyChecksum(bytes: Buffer, start = 0, end = bytes.length): Buffer {
  if (end - start < eventHeaderBytes + checksumBytes) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: 'an event is too short to hold its checksum',
      why: `${end - start} bytes came`,
    });
  }
  const body = bytes.subarray(start, end - checksumBytes);
  const expected = bytes.readUInt32LE(end - checksumBytes);
  const found = crc32(body);
  if (found !== expected) {
    throw new TailraceError('TR_STREAM_CHECKSUM', {
      what: `the checksum of an event of type ${eventTypeName(body[4] ?? 0)} does not match`,
      why: `the event says ${expected.toString(16)}, its bytes give ${found.toString(16)}`,
    });
  }
  return body;
}

import { TailraceError } from '../errors/tailrace-error.js';

/** The UUID read last: nearly every transaction of a source has the same, and its text costs more than the rest of the event. */
let lastUuid = { bytes: Buffer.alloc(16), text: '00000000-0000-0000-0000-000000000000' };

/** Text of a server's UUID from its 16 bytes at `at`. */
export function readUuid(bytes: Buffer, at: number): string {
  const known = lastUuid.bytes;
  let i = 0;
  while (i < 16 && known[i] === bytes[at + i]) i++;
  if (i < 16) {
    const own = Buffer.from(bytes.subarray(at, at + 16));
    lastUuid = { bytes: own, text: uuidText(own) };
  }
  return lastUuid.text;
}

function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** `gno` as a number, or TR_STREAM_CORRUPT outside of 1 … 2^53-1. */
export function safeGno(gno: bigint): number {
  if (gno < 1n || gno > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: `A GTID event contains the transaction number ${gno}.`,
      why: 'tailrace counts from 1 to 2^53 - 1',
    });
  }
  return Number(gno);
}

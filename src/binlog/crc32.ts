import * as zlib from 'node:zlib';

// Node 20.15 has crc32, its type declarations do not.
const nativeCrc32 = (zlib as unknown as { readonly crc32: (data: Buffer) => number }).crc32;

/** From so many bytes on, the native function is worth the view that it needs. */
const nativeFrom = 192;
const slices = 8;
const polynomial = 0xedb88320;

/** What each byte adds, for each of its eight places in a step ("slicing by 8"): `tables[place * 256 + byte]`. */
const tables = makeTables();

function makeTables(): Int32Array {
  const made = new Int32Array(slices * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ polynomial;
    made[byte] = crc;
  }
  for (let i = 256; i < made.length; i++) {
    const before = made[i - 256] as number;
    made[i] = (before >>> 8) ^ (made[before & 0xff] as number);
  }
  return made;
}

/**
 * CRC-32 (IEEE 802.3) of `bytes` from `start` to `end`, unsigned. Most events are short, and for them a view and a native
 * call cost more than the sum itself.
 */
export function crc32(bytes: Buffer, start: number, end: number): number {
  if (end - start >= nativeFrom) return nativeCrc32(bytes.subarray(start, end));
  let crc = -1;
  let at = start;
  for (const last = end - 7; at < last; at += 8) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc =
      (tables[0x700 + (crc & 0xff)] as number) ^
      (tables[0x600 + ((crc >>> 8) & 0xff)] as number) ^
      (tables[0x500 + ((crc >>> 16) & 0xff)] as number) ^
      (tables[0x400 + (crc >>> 24)] as number) ^
      (tables[0x300 + (bytes[at + 4] as number)] as number) ^
      (tables[0x200 + (bytes[at + 5] as number)] as number) ^
      (tables[0x100 + (bytes[at + 6] as number)] as number) ^
      (tables[bytes[at + 7] as number] as number);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (tables[(crc ^ (bytes[at] as number)) & 0xff] as number);
  return (crc ^ -1) >>> 0;
}

import { Decompress } from 'fzstd';
import { TailraceError } from '../errors/tailrace-error.js';
import { ByteReader } from './byte-reader.js';

const magic = 0xfd2fb528;
/** Flags of a frame's descriptor (RFC 8878, 3.1.1.1.1). */
const Descriptor = { dictionary: 0x03, checksum: 0x04, reserved: 0x08, singleSegment: 0x20 } as const;
/** Bytes of the content size by the two highest bits of the descriptor; without a window descriptor 0 means 1. */
const contentSizeBytes = [0, 2, 4, 8] as const;
const frameChecksumBytes = 4;
const blockHeaderBytes = 3;
const BlockType = { raw: 0, rle: 1, reserved: 3 } as const;
/** The most that one block unpacks to (RFC 8878, 3.1.1.2.4). */
const blockBytesMax = 128 * 1024;
/** What MySQL's own reader allows, and what its highest level writes. The window is memory that is held while unpacking. */
const windowBytesMax = 128 * 2 ** 20;

/** Whether a block ends its frame, and where the one behind it starts. */
interface Block {
  readonly isLast: boolean;
  readonly end: number;
}

/**
 * Unpacks zstd frames block by block: each step takes one block and gives at most 128 KiB, in memory of its own, so that
 * whoever unpacks may stop in between, and no claim of a size is ever believed. Throws TR_STREAM_CORRUPT.
 * Format: RFC 8878, "Zstandard Compression and the 'application/zstd' Media Type".
 */
export function* unpackZstd(packed: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < packed.length;) at = yield* unpackFrame(packed, at);
}

function* unpackFrame(packed: Buffer, start: number): Generator<Uint8Array, number> {
  const { at: firstBlock, checksumBytes } = readFrameHeader(packed, start);
  const unpacked: Uint8Array[] = [];
  const decompressor = new Decompress((piece) => void unpacked.push(piece));
  // The unpacker wants to see the header and a block together.
  for (let from = start, at = firstBlock; ;) {
    const block = readBlockHeader(packed, at);
    const end = block.end + (block.isLast ? checksumBytes : 0);
    if (end > packed.length) throw corrupt('it ends in the middle of a block');
    push(decompressor, packed.subarray(from, end), block.isLast);
    yield* unpacked.splice(0);
    if (block.isLast) return end;
    from = at = end;
  }
}

function push(decompressor: Decompress, piece: Uint8Array, isLast: boolean): void {
  try {
    decompressor.push(piece, isLast);
  } catch (error) {
    throw corrupt((error as Error).message);
  }
}

function readFrameHeader(packed: Buffer, start: number): { at: number; checksumBytes: number } {
  const reader = new ByteReader(packed, start, packed.length, 'the zstd frame of a compressed transaction');
  if (reader.uint32() !== magic) throw corrupt('it is no zstd frame');
  const descriptor = reader.uint8();
  if ((descriptor & (Descriptor.reserved | Descriptor.dictionary)) !== 0) {
    throw corrupt('its frame needs a dictionary, or a feature that is not defined');
  }
  const isSingle = (descriptor & Descriptor.singleSegment) !== 0;
  const windowBytes = isSingle ? 0 : windowSize(reader.uint8());
  const sizeBytes = contentSizeBytes[descriptor >> 6] as number;
  const contentBytes = readContentSize(reader, isSingle && sizeBytes === 0 ? 1 : sizeBytes);
  if ((isSingle ? contentBytes : windowBytes) > windowBytesMax) {
    throw corrupt(`unpacking needs a window of more than ${windowBytesMax} bytes`);
  }
  const checksumBytes = (descriptor & Descriptor.checksum) === 0 ? 0 : frameChecksumBytes;
  return { at: reader.offset, checksumBytes };
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function readContentSize(reader: ByteReader, bytes: number): number {
  switch (bytes) {
    case 0:
      return 0;
    case 1:
      return reader.uint8();
    case 2:
      return reader.uint16() + 256;
    case 4:
      return reader.uint32();
    default:
      return Number(reader.uint64());
  }
}

function readBlockHeader(packed: Buffer, at: number): Block {
  if (at + blockHeaderBytes > packed.length) throw corrupt('it ends before its last block');
  const header = packed.readUIntLE(at, blockHeaderBytes);
  const type = (header >> 1) & 3;
  const size = header >> 3;
  if (type === BlockType.reserved) throw corrupt('a block is of a kind that is not defined');
  if (size > blockBytesMax) throw corrupt(`a block claims ${size} bytes`);
  const body = type === BlockType.rle ? 1 : size;
  return { isLast: (header & 1) !== 0, end: at + blockHeaderBytes + body };
}

function corrupt(why: string): TailraceError {
  return new TailraceError('TR_STREAM_CORRUPT', {
    what: 'A compressed transaction cannot be unpacked.',
    why,
  });
}

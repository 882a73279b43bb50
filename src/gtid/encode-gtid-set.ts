import type { GtidSet } from './gtid-set.js';

const uuidBytes = 16;
const numberBytes = 8;
/** Marks, in the first number, that every source carries a tag (`Gtid_set::encode` of MySQL 8.3 and later, rpl_gtid_set.cc). */
const taggedMark = (1n << 56n) | 1n;

interface SourceBlock {
  readonly sid: string;
  readonly tag: string;
  /** First number, and the one behind the last, of each interval in turn. */
  readonly bounds: number[];
}

/**
 * A set as COM_BINLOG_DUMP_GTID takes it: the number of sources; each with its UUID, its tag where the set has any, the number of its
 * intervals, and of each the first number and the one behind the last. Little endian.
 */
export function encodeGtidSet(set: GtidSet): Buffer {
  const blocks = sourceBlocks(set);
  const isTagged = blocks.some(({ tag }) => tag !== '');
  let length = numberBytes;
  for (const { tag, bounds } of blocks)
    length += uuidBytes + (isTagged ? 1 + tag.length : 0) + numberBytes + bounds.length * numberBytes;
  const bytes = Buffer.alloc(length);
  const count = BigInt(blocks.length);
  let at = bytes.writeBigUInt64LE(isTagged ? taggedMark | (count << 8n) : count, 0);
  for (const { sid, tag, bounds } of blocks) {
    at += bytes.write(sid.replaceAll('-', ''), at, 'hex');
    if (isTagged) {
      at = bytes.writeUInt8(tag.length << 1, at);
      at += bytes.write(tag, at, 'latin1');
    }
    at = bytes.writeBigUInt64LE(BigInt(bounds.length / 2), at);
    for (const bound of bounds) at = bytes.writeBigUInt64LE(BigInt(bound), at);
  }
  return bytes;
}

function sourceBlocks(set: GtidSet): SourceBlock[] {
  const blocks: SourceBlock[] = [];
  for (const { sid, tag, first, last } of set.intervals()) {
    let block = blocks.at(-1);
    if (block?.sid !== sid || block.tag !== tag) blocks.push((block = { sid, tag, bounds: [] }));
    block.bounds.push(first, last + 1);
  }
  return blocks;
}

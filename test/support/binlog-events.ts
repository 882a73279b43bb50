import * as zlib from 'node:zlib';
import { EventType } from '../../src/binlog/event-type.js';
import { readTableMap, type TableMap } from '../../src/binlog/table-map.js';
import { writeFormatDescription } from '../../src/binlog/format-description.js';

/** Events made by hand, for what no server of the lab writes. All integers are little-endian. */

/** The checksum that ends an event. */
export const crc32 = (zlib as unknown as { readonly crc32: (data: Buffer) => number }).crc32;

export const u16 = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8]);

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u48(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntLE(value, 0, 6);
  return bytes;
}

export function u64(value: bigint | number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes;
}

/** A length-encoded integer of the client protocol, below 2^24. */
export function lengthEncoded(value: number): Buffer {
  if (value < 251) return Buffer.from([value]);
  return value < 65536
    ? Buffer.concat([Buffer.from([0xfc]), u16(value)])
    : Buffer.from([0xfd, value & 0xff, (value >> 8) & 0xff, value >> 16]);
}

export interface HeaderFields {
  readonly timestamp?: number;
  readonly flags?: number;
  readonly nextPosition?: number;
  readonly checksum?: boolean;
}

/** A whole event; its length, and its checksum when asked for, are right. */
export function event(type: number, body: Buffer, fields: HeaderFields = {}): Buffer {
  const tail = fields.checksum === true ? 4 : 0;
  const bytes = Buffer.alloc(19 + body.length + tail);
  bytes.writeUInt32LE(fields.timestamp ?? 1_700_000_000, 0);
  bytes.writeUInt8(type, 4);
  bytes.writeUInt32LE(1, 5);
  bytes.writeUInt32LE(bytes.length, 9);
  bytes.writeUInt32LE((fields.nextPosition ?? 0) % 2 ** 32, 13);
  bytes.writeUInt16LE(fields.flags ?? 0, 17);
  body.copy(bytes, 19);
  if (tail > 0) bytes.writeUInt32LE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  return bytes;
}

/** The format description of a source, which says whether the events after it have checksums. */
export function formatDescription(checksums: boolean, nextPosition = 0): Buffer {
  const bytes = writeFormatDescription('9.7.4');
  bytes.writeUInt32LE(nextPosition, 13);
  if (checksums) {
    bytes.writeUInt8(1, bytes.length - 5);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  }
  return bytes;
}

export interface MappedColumn {
  readonly type: number;
  readonly metadata?: readonly number[];
}

export interface TableShape {
  readonly schema?: string;
  readonly table?: string;
  readonly tableId?: number;
  readonly columns: readonly MappedColumn[];
  /** Optional metadata, as bytes after the bitmap of nullable columns. */
  readonly optional?: Buffer;
  /** Of the table map itself. */
  readonly flags?: number;
}

export function tableMapBody({
  schema = 'fix',
  table = 't',
  tableId = 1,
  columns,
  optional,
  flags = 1,
}: TableShape): Buffer {
  const metadata = Buffer.from(columns.flatMap((column) => [...(column.metadata ?? [])]));
  return Buffer.concat([
    u48(tableId),
    u16(flags),
    Buffer.from([Buffer.byteLength(schema)]),
    Buffer.from(`${schema}\0`),
    lengthEncoded(Buffer.byteLength(table)),
    Buffer.from(`${table}\0`),
    lengthEncoded(columns.length),
    Buffer.from(columns.map((column) => column.type)),
    lengthEncoded(metadata.length),
    metadata,
    Buffer.alloc((columns.length + 7) >> 3, 0xff),
    optional ?? Buffer.alloc(0),
  ]);
}

export function tableMap(shape: TableShape): TableMap {
  return readTableMap(event(EventType.TableMap, tableMapBody(shape)));
}

/** A row image over all columns: `null`, or a value's bytes with its length prefix. */
export function rowImage(values: readonly (Buffer | null)[]): Buffer {
  const nulls = Buffer.alloc((values.length + 7) >> 3);
  values.forEach((value, i) => {
    if (value === null) nulls[i >> 3] = (nulls[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return Buffer.concat([nulls, ...values.map((value) => value ?? Buffer.alloc(0))]);
}

export interface RowsShape {
  readonly tableId?: number;
  readonly columnCount: number;
  readonly images: readonly Buffer[];
  readonly flags?: number;
  /** The bitmaps of columns in the images; all columns when left out. */
  readonly present?: readonly Buffer[];
  readonly extra?: Buffer;
}

/** The body of a row event of version 2 (types 30 to 32, 39), or of version 1 for types 23 to 25. */
export function rowsBody(
  type: number,
  { tableId = 1, columnCount, images, flags = 1, present, extra }: RowsShape,
): Buffer {
  const isUpdate = [EventType.UpdateRows, EventType.UpdateRowsV1, EventType.PartialUpdateRows].some(
    (t) => t === type,
  );
  const all = Buffer.alloc((columnCount + 7) >> 3, 0xff);
  const extraData = extra ?? Buffer.alloc(0);
  return Buffer.concat([
    u48(tableId),
    u16(flags),
    type >= EventType.WriteRows ? Buffer.concat([u16(2 + extraData.length), extraData]) : Buffer.alloc(0),
    lengthEncoded(columnCount),
    ...(present ?? (isUpdate ? [all, all] : [all])),
    ...images,
  ]);
}

export interface QueryFields {
  readonly schema?: string;
  readonly status?: Buffer;
  readonly errorCode?: number;
}

export function queryBody(
  statement: string,
  { schema = 'fix', status = Buffer.alloc(0), errorCode = 0 }: QueryFields = {},
): Buffer {
  return Buffer.concat([
    u32(9),
    u32(0),
    Buffer.from([Buffer.byteLength(schema)]),
    u16(errorCode),
    u16(status.length),
    status,
    Buffer.from(`${schema}\0${statement}`),
  ]);
}

const sid = Buffer.from('0011223344556677889900aabbccddee', 'hex');

/** A GTID event's body as of 8.0: flags, server, number, logical clock, and one commit time in microseconds. */
export function gtidBody(
  gno: bigint | number,
  lastCommitted = 0,
  sequenceNumber = 1,
  commitMicros = 1_700_000_000_000_000,
): Buffer {
  const stamp = u64(commitMicros).subarray(0, 7);
  return Buffer.concat([
    Buffer.from([1]),
    sid,
    u64(gno),
    Buffer.from([2]),
    u64(lastCommitted),
    u64(sequenceNumber),
    stamp,
  ]);
}

export const rotateBody = (file: string, offset: bigint | number): Buffer =>
  Buffer.concat([u64(offset), Buffer.from(file)]);

export const xidBody = u64(1);

/** Writes a binary log: events at rising offsets of one file, with or without checksums. */
export class EventLog {
  readonly events: Buffer[] = [];
  readonly #checksum: boolean;
  #offset: number;

  /** Begins as a dump does: an artificial rotate event to `offset`, then the format description. */
  constructor({ checksum = true, file = 'binlog.000001', offset = 4 } = {}) {
    this.#checksum = checksum;
    this.events.push(event(EventType.Rotate, rotateBody(file, offset), { flags: 0x20, checksum }));
    const description = formatDescription(
      checksum,
      offset === 4 ? 4 + formatDescription(checksum).length : 0,
    );
    this.events.push(description);
    this.#offset = offset === 4 ? offset + description.length : offset;
  }

  get offset(): number {
    return this.#offset;
  }

  add(type: number, body: Buffer, flags = 0): this {
    const checksum = this.#checksum;
    this.#offset += 19 + body.length + (checksum ? 4 : 0);
    this.events.push(event(type, body, { flags, checksum, nextPosition: this.#offset }));
    return this;
  }

  gtid(gno = 1): this {
    return this.add(EventType.Gtid, gtidBody(gno));
  }

  query(statement: string): this {
    return this.add(EventType.Query, queryBody(statement));
  }

  /** BEGIN, a table map and one row event of an INT column, XID. */
  insert(gno: number, value: number): this {
    const columns = [{ type: 3 }];
    return this.gtid(gno)
      .query('BEGIN')
      .add(EventType.TableMap, tableMapBody({ columns }))
      .add(
        EventType.WriteRows,
        rowsBody(EventType.WriteRows, { columnCount: 1, images: [rowImage([u32(value)])] }),
      )
      .add(EventType.Xid, xidBody);
  }
}

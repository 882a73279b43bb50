import { ColumnType } from '../../src/binlog/column-layout.js';
import type { TableMap } from '../../src/binlog/table-map.js';
import type { TableTraits, UniqueKey } from '../../src/schema/table-traits.js';
import { tableMap } from './binlog-events.js';

/** A row: each column's bytes as they stand in an image, length prefix included, as latin1 text; null for NULL. */
export type Row = readonly (string | null)[];

export interface ModelColumn {
  readonly name: string;
  readonly type: number;
  readonly metadata?: readonly number[];
  readonly nullable: boolean;
  /** The value that a small number stands for; equal numbers give equal values, and small domains make rows meet. */
  readonly encode: (n: number) => string;
}

/** A key that may not hold a value twice. */
export interface ModelKey {
  /** What the server compares: two rows clash when this is equal; null never clashes. */
  readonly of: (row: Row) => string | null;
}

export interface ForeignKey {
  readonly column: number;
  readonly parent: ModelTable;
  /** ON DELETE CASCADE ON UPDATE CASCADE; otherwise both are refused while children are there. */
  readonly cascades: boolean;
}

export interface ModelTable {
  readonly traits: TableTraits;
  readonly map: TableMap;
  readonly columns: readonly ModelColumn[];
  /** The primary key first, if there is one. */
  readonly keys: readonly ModelKey[];
  readonly foreignKey: ForeignKey | null;
}

const bytesText = (bytes: Buffer): string => bytes.toString('latin1');

const int = (name: string, nullable = false): ModelColumn => ({
  name,
  type: ColumnType.Long,
  nullable,
  encode: (n) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(n);
    return bytesText(bytes);
  },
});

/** An integer of few values: rows are often equal, and become what others were. */
const few = (name: string): ModelColumn => {
  const { encode, ...column } = int(name);
  return { ...column, encode: (n) => encode(n % 3) };
};

const bigint = (name: string): ModelColumn => ({
  name,
  type: ColumnType.LongLong,
  nullable: false,
  // Every other value is beyond what a double holds exactly.
  encode: (n) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(n % 2 === 0 ? BigInt(n) : BigInt(n) - 2n ** 62n);
    return bytesText(bytes);
  },
});

/** A short text: numbers that differ by 4 give the same letters in another case. */
const text = (name: string): ModelColumn => ({
  name,
  type: ColumnType.Varchar,
  metadata: [20, 0],
  nullable: false,
  encode: (n) => {
    const letters = n < 12 ? 'ab'.slice(0, 1 + (n & 1)) + 'x'.repeat((n >> 1) & 1) : `other${n}`;
    const value = (n >> 2) % 2 === 0 ? letters : letters.toUpperCase();
    return bytesText(Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]));
  },
});

function blob(name: string, size: number): ModelColumn {
  const value = bytesText(Buffer.concat([Buffer.from([size & 0xff, size >> 8]), Buffer.alloc(size, 0x2e)]));
  return { name, type: ColumnType.Blob, metadata: [2], nullable: false, encode: () => value };
}

const bytesKey = (columns: readonly number[]): ModelKey => ({
  of: (row) => {
    const parts = columns.map((column) => row[column] ?? null);
    return parts.includes(null) ? null : JSON.stringify(parts);
  },
});

const caselessKey = (column: number): ModelKey => ({ of: (row) => row[column]?.toLowerCase() ?? null });

/** An expression over a column: its last two bits, and its second byte. */
const functionalKey = (column: number): ModelKey => ({
  of: (row) => {
    const value = row[column] ?? null;
    return value === null ? null : String((value.charCodeAt(0) % 4) + 4 * value.charCodeAt(1));
  },
});

interface TableSketch {
  readonly schema?: string;
  readonly columns: readonly ModelColumn[];
  readonly primary?: readonly number[];
  readonly caselessPrimary?: boolean;
  readonly unique?: readonly (readonly number[])[];
  readonly caselessUnique?: number;
  readonly functionalUnique?: number;
  readonly autoIncrement?: number;
  readonly linkGroup?: string;
  readonly foreignKey?: ForeignKey;
}

let tableIds = 100;

function modelTable(table: string, sketch: TableSketch): ModelTable {
  const { schema = 's1', columns, primary, unique = [] } = sketch;
  const uniqueKeys: UniqueKey[] = unique.map((key, i) => ({
    name: `u${i}`,
    columns: key,
    comparable: true,
    functional: false,
  }));
  const keys = unique.map(bytesKey);
  if (sketch.caselessUnique !== undefined) {
    uniqueKeys.push({ name: 'uc', columns: [sketch.caselessUnique], comparable: false, functional: false });
    keys.push(caselessKey(sketch.caselessUnique));
  }
  if (sketch.functionalUnique !== undefined) {
    uniqueKeys.push({ name: 'uf', columns: [], comparable: false, functional: true });
    keys.push(functionalKey(sketch.functionalUnique));
  }
  if (primary !== undefined) {
    keys.unshift(sketch.caselessPrimary === true ? caselessKey(primary[0] ?? 0) : bytesKey(primary));
  }
  tableIds++;
  return {
    traits: {
      schema,
      table,
      columnNames: columns.map(({ name }) => name),
      primaryKey: primary ?? null,
      primaryKeyComparable: primary !== undefined && sketch.caselessPrimary !== true,
      uniqueKeys,
      autoIncrementColumn: sketch.autoIncrement ?? null,
      autoIncrementUnsigned: false,
      linkGroup: sketch.linkGroup ?? `${schema}.${table}`,
      linked: sketch.linkGroup !== undefined,
      referentialActions: sketch.linkGroup === 'cascading',
      transactional: true,
    },
    map: tableMap({ schema, table, tableId: tableIds, columns }),
    columns,
    keys,
    foreignKey: sketch.foreignKey ?? null,
  };
}

/**
 * Tables of every kind that the planner tells apart. `padBytes` makes rows so heavy that few of them are worth several
 * lanes.
 */
export function modelTables(padBytes: number): ModelTable[] {
  const pad = blob('pad', padBytes);
  const parent = modelTable('parent', {
    columns: [int('id'), int('v')],
    primary: [0],
    linkGroup: 'restricting',
  });
  const root = modelTable('root', { columns: [int('id'), int('v')], primary: [0], linkGroup: 'cascading' });
  return [
    modelTable('plain', { columns: [int('id'), int('v'), pad], primary: [0] }),
    modelTable('people', {
      columns: [int('id'), int('mail', true), int('v'), pad],
      primary: [0],
      unique: [[1]],
      autoIncrement: 0,
    }),
    modelTable('composite', {
      schema: 's2',
      columns: [text('a'), bigint('b'), int('u', true), int('w', true), pad],
      primary: [1, 0],
      unique: [[2, 3], [3]],
    }),
    modelTable('numbered', {
      columns: [int('k'), int('n'), int('u', true), pad],
      primary: [0],
      unique: [[1], [2]],
      autoIncrement: 1,
    }),
    modelTable('caseless', { columns: [text('name'), int('v'), pad], primary: [0], caselessPrimary: true }),
    modelTable('nicknames', {
      schema: 's2',
      columns: [int('id'), text('nick'), int('v'), pad],
      primary: [0],
      caselessUnique: 1,
    }),
    modelTable('functional', {
      columns: [int('id'), int('v'), int('w'), pad],
      primary: [0],
      functionalUnique: 1,
    }),
    modelTable('bag', { schema: 's2', columns: [int('a', true), int('b'), pad] }),
    modelTable('counted_bag', { columns: [int('n'), int('v')], autoIncrement: 0 }),
    modelTable('piles', { columns: [few('a'), few('b')] }),
    modelTable('sparse', { columns: [int('u', true), few('v')], unique: [[0]] }),
    parent,
    modelTable('child', {
      columns: [int('id'), int('parent', true), pad],
      primary: [0],
      linkGroup: 'restricting',
      foreignKey: { column: 1, parent, cascades: false },
    }),
    root,
    modelTable('leaf', {
      schema: 's2',
      columns: [int('id'), int('root', true), pad],
      primary: [0],
      linkGroup: 'cascading',
      foreignKey: { column: 1, parent: root, cascades: true },
    }),
    modelTable('declared_a', { columns: [int('id'), int('v'), pad], primary: [0], linkGroup: 'declared' }),
    modelTable('declared_b', {
      schema: 's2',
      columns: [int('id'), int('v'), pad],
      primary: [0],
      linkGroup: 'declared',
    }),
    modelTable('declared_bag', { schema: 's2', columns: [int('a'), int('v')], linkGroup: 'bagged' }),
    modelTable('declared_key', {
      schema: 's2',
      columns: [int('a'), int('v')],
      primary: [0],
      linkGroup: 'bagged',
    }),
  ];
}

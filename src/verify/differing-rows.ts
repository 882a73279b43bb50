import type { ServerConnection } from '../mysql/server-connection.js';
import {
  bucketDigestStatement,
  bucketRowsStatement,
  type DigestTable,
  shownColumns,
  tableDigestStatement,
} from './row-digest.js';
import type { DifferingRow } from './server-difference.js';

/** Rows of a bucket are read into memory, so buckets are kept small and the reading bounded. */
const bucketRowsWanted = 500;
const bucketsMax = 4_096;
export const bucketRowsMax = 50_000;
const keyCharactersMax = 300;

export interface TableRowsComparison {
  readonly equal: boolean;
  readonly sourceRows: number;
  readonly replicaRows: number;
  /** The first differing rows, `rowsMax` at most. */
  readonly rows: readonly DifferingRow[];
}

/** A row of `tableDigestStatement` or `bucketDigestStatement`. */
export interface BagDigestRow {
  readonly bucket?: string;
  readonly row_count: string;
  readonly sum_0: string;
  readonly sum_1: string;
}

/** A row of `bucketRowsStatement`. */
export type BucketRow = {
  readonly identity: string;
  readonly hash: string;
  readonly copies: string;
} & Record<string, unknown>;

/** Compares the rows of one table: digests first, then, if they differ, which rows it is. */
export async function compareTableRows(
  source: ServerConnection,
  replica: ServerConnection,
  sourceTable: DigestTable,
  replicaTable: DigestTable,
  rowsMax: number,
): Promise<TableRowsComparison> {
  const [sourceDigest, replicaDigest] = await onBoth<BagDigestRow>(
    source,
    replica,
    tableDigestStatement(sourceTable),
    tableDigestStatement(replicaTable),
  );
  const sourceRows = Number(sourceDigest[0]?.row_count);
  const replicaRows = Number(replicaDigest[0]?.row_count);
  const equal = digestText(sourceDigest[0]) === digestText(replicaDigest[0]);
  if (equal) return { equal, sourceRows, replicaRows, rows: [] };
  const buckets = bucketsFor(Math.max(sourceRows, replicaRows));
  const rows: DifferingRow[] = [];
  for (const bucket of await differingBuckets(source, replica, sourceTable, replicaTable, buckets)) {
    if (rows.length >= rowsMax) break;
    const [sourceBucket, replicaBucket] = await onBoth<BucketRow>(
      source,
      replica,
      bucketRowsStatement(sourceTable, buckets, bucket, bucketRowsMax),
      bucketRowsStatement(replicaTable, buckets, bucket, bucketRowsMax),
    );
    rows.push(...differingRows(sourceBucket, replicaBucket, sourceTable));
  }
  return { equal, sourceRows, replicaRows, rows: rows.slice(0, rowsMax) };
}

/** Into how many buckets a table of so many rows is cut. */
export function bucketsFor(rows: number): number {
  return Math.min(Math.max(Math.ceil(rows / bucketRowsWanted), 1), bucketsMax);
}

function onBoth<T>(
  source: ServerConnection,
  replica: ServerConnection,
  sourceStatement: string,
  replicaStatement: string,
): Promise<[T[], T[]]> {
  return Promise.all([source.query<T>(sourceStatement), replica.query<T>(replicaStatement)]);
}

/** One text for a digest, equal exactly when the digests are. */
export function digestText(row: BagDigestRow | undefined): string {
  return row === undefined ? 'no rows' : `${row.row_count} ${row.sum_0} ${row.sum_1}`;
}

async function differingBuckets(
  source: ServerConnection,
  replica: ServerConnection,
  sourceTable: DigestTable,
  replicaTable: DigestTable,
  buckets: number,
): Promise<number[]> {
  const [sourceRows, replicaRows] = await onBoth<BagDigestRow>(
    source,
    replica,
    bucketDigestStatement(sourceTable, buckets),
    bucketDigestStatement(replicaTable, buckets),
  );
  const byBucket = (rows: readonly BagDigestRow[]) =>
    new Map(rows.map((row) => [Number(row.bucket), digestText(row)]));
  const [mine, theirs] = [byBucket(sourceRows), byBucket(replicaRows)];
  const numbers = [...new Set([...mine.keys(), ...theirs.keys()])].sort((a, b) => a - b);
  return numbers.filter((bucket) => mine.get(bucket) !== theirs.get(bucket));
}

/** The rows of a bucket that are not on both sides as often, or not with the same content. */
export function differingRows(
  sourceRows: readonly BucketRow[],
  replicaRows: readonly BucketRow[],
  table: DigestTable,
): DifferingRow[] {
  const replicaByIdentity = new Map(replicaRows.map((row) => [row.identity, row]));
  const differing: DifferingRow[] = [];
  for (const row of sourceRows) {
    const other = replicaByIdentity.get(row.identity);
    replicaByIdentity.delete(row.identity);
    if (other?.hash === row.hash && other.copies === row.copies) continue;
    differing.push({
      key: shownKey(row, table),
      sourceCopies: Number(row.copies),
      replicaCopies: Number(other?.copies ?? 0),
    });
  }
  for (const row of replicaByIdentity.values()) {
    differing.push({ key: shownKey(row, table), sourceCopies: 0, replicaCopies: Number(row.copies) });
  }
  return differing;
}

/** `id=5`, from the columns `shown_0`, … of a row. */
export function shownKey(row: Readonly<Record<string, unknown>>, table: DigestTable): string {
  const parts = shownColumns(table).map(
    (column, index) => `${column.name}=${shownValue(row[`shown_${index}`])}`,
  );
  const text = parts.join(', ');
  return text.length <= keyCharactersMax ? text : `${text.slice(0, keyCharactersMax)}…`;
}

function shownValue(value: unknown): string {
  if (value === null) return 'NULL';
  if (Buffer.isBuffer(value)) return `0x${value.toString('hex')}`;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

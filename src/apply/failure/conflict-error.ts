import { renderImage } from '../../binlog/render-image.js';
import { RowCutter } from '../../binlog/row-cutter.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import { quoteBytes, quoteIdentifier, quoteTable } from '../../mysql/identifier.js';
import type { ServerConnection } from '../../mysql/server-connection.js';
import type { TableTraits } from '../../schema/table-traits.js';
import type { Transaction } from '../../transaction/transaction.js';
import { gtidText } from '../lane/gtid-next.js';
import type { SingleRow } from '../batch/single-rows.js';

/** How a transaction is named to people. */
export function transactionName(transaction: Transaction): string {
  const place = `${transaction.file}:${transaction.startOffset}`;
  return transaction.gtid === null
    ? `the transaction at ${place}`
    : `${gtidText(transaction.gtid)} (at ${place})`;
}

/** The images of a row change, as text. */
function images(row: SingleRow, traits: TableTraits): string {
  const { rows, beforeStart, beforeEnd, afterStart, afterEnd } = row;
  const names = traits.columnNames;
  const before =
    beforeStart < 0
      ? 'none'
      : renderImage(rows.table, names, rows.bytes, beforeStart, beforeEnd, rows.present);
  const after =
    afterStart < 0
      ? 'none'
      : renderImage(rows.table, names, rows.bytes, afterStart, afterEnd, rows.presentAfter);
  return `source before: ${before}; source after: ${after}`;
}

/** What a conflicting row change was, for the log and the error. */
export function describeConflict(
  row: SingleRow,
  traits: TableTraits,
): { table: string; change: string; key: string } {
  const key = traits.primaryKey?.map((column) => traits.columnNames[column]).join(', ') ?? 'none';
  return { table: row.rows.table.name, change: `${row.rows.kind}: ${images(row, traits)}`, key };
}

/** The error that a diverged replica stops the link with. */
export async function conflictError(
  transaction: Transaction,
  row: SingleRow,
  traits: TableTraits,
  reason: string,
  control: ServerConnection,
): Promise<TailraceError> {
  const { table, change, key } = describeConflict(row, traits);
  const found = await replicaRow(row, traits, control);
  return new TailraceError('TR_APPLY_CONFLICT', {
    what: `${transactionName(transaction)} does not fit table ${table} of the replica (primary key: ${key})`,
    why: `${reason}. ${change}; replica has: ${found}`,
  });
}

/** The replica's row under the key of the change, as text. For a message: whatever goes wrong here must not hide the conflict. */
async function replicaRow(row: SingleRow, traits: TableTraits, control: ServerConnection): Promise<string> {
  const where = keyCondition(row, traits);
  if (where === null) return 'not looked up';
  try {
    const rows = await control.query<Record<string, unknown>>(
      `SELECT * FROM ${quoteTable(traits.schema, traits.table)} WHERE ${where} LIMIT 1`,
    );
    if (rows[0] === undefined) return 'no such row';
    const text = Object.entries(rows[0])
      .map(([name, value]) => `${name}=${Buffer.isBuffer(value) ? quoteBytes(value) : String(value)}`)
      .join(', ');
    return text.length > 2000 ? `${text.slice(0, 2000)} …` : text;
  } catch (error) {
    return `not readable (${(error as Error).message})`;
  }
}

/** A condition on integer and binary keys, whose bytes in the image are the value; null for others. */
function keyCondition(row: SingleRow, traits: TableTraits): string | null {
  const { rows } = row;
  if (traits.primaryKey === null || rows.partialJson) return null;
  const cutter = new RowCutter(rows.table, rows.present);
  const start = row.beforeStart >= 0 ? row.beforeStart : row.afterStart;
  cutter.cut(rows.bytes, start, rows.end);
  const conditions: string[] = [];
  for (const column of traits.primaryKey) {
    const from = cutter.starts[column] as number;
    const layout = rows.table.columns[column];
    if (from < 0 || layout === undefined) return null;
    const value = rows.bytes.subarray(from + layout.prefixBytes, cutter.ends[column]);
    const name = quoteIdentifier(traits.columnNames[column] ?? '');
    const isInteger = [1, 2, 3, 8, 9].includes(layout.type);
    if (isInteger) {
      const hex = Buffer.from(value).reverse().toString('hex');
      // Compared modulo the column's width: the image does not say whether the column is signed.
      const bits = BigInt(value.length * 8);
      const unsigned = BigInt(`0x${hex}`);
      const signed = BigInt.asIntN(Number(bits), unsigned);
      conditions.push(`${name} IN (${unsigned}, ${signed})`);
    } else if (layout.prefixBytes > 0) conditions.push(`CAST(${name} AS BINARY) = ${quoteBytes(value)}`);
    else return null;
  }
  return conditions.join(' AND ');
}

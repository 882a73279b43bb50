import { ColumnType, isOldTemporal } from '../binlog/column-layout.js';
import type { TableMap } from '../binlog/table-map.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { quoteTable } from '../mysql/identifier.js';

const typeNames = new Map<number, string>([
  [ColumnType.Timestamp, 'TIMESTAMP'],
  [ColumnType.Time, 'TIME'],
  [ColumnType.Datetime, 'DATETIME'],
]);
const columnsShownMax = 5;

/**
 * Rows of a table whose times are in the format of before MySQL 5.6.4, which a replica reads as other values.
 *
 * @param columnNames as the replica has them; null: not known.
 */
export function oldTemporalError(table: TableMap, columnNames: readonly string[] | null): TailraceError {
  const columns = table.columns.flatMap(({ type }, at) =>
    isOldTemporal(type)
      ? [`${columnNames?.[at] ?? `column ${String(at + 1)}`} (${typeNames.get(type) ?? ''})`]
      : [],
  );
  const shown = columns.slice(0, columnsShownMax);
  if (columns.length > shown.length) shown.push(`${String(columns.length - shown.length)} more`);
  return new TailraceError('TR_TABLE_OLD_TEMPORAL', {
    what: `Rows of ${table.schema}.${table.table} have a format that MySQL 5.6.4 replaced: ${shown.join(', ')}`,
    why: 'The replica would read other dates and times from them.',
    cure: `On the source, with mysql56_temporal_format = ON where it is MariaDB: ALTER TABLE ${quoteTable(table.schema, table.table)} FORCE; then seed the replica from a copy taken after that.`,
  });
}

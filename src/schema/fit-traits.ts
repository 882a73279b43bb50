import { eventHeaderBytes } from '../binlog/event-header.js';
import type { TableMap } from '../binlog/table-map.js';
import type { TableTraits, UniqueKey } from './table-traits.js';

/** Flag of a table map, `TM_GENERATED_INVISIBLE_PK_F` in MySQL's sql/log_event.h: the images carry such a key. */
const generatedKeyFlag = 0x4;
/** Behind the table id. */
const flagsAt = eventHeaderBytes + 6;

/**
 * The traits of the replica's table in terms of the columns that the source's row images carry. The server's row applier goes by
 * position: a replica may have fewer columns, or more, at the end, and a generated invisible primary key of its own in front,
 * which it passes over. The same object when both have the same columns.
 */
export function fitTraits(traits: TableTraits, table: TableMap): TableTraits {
  const inFront = traits.generatedKey === true && !hasGeneratedKey(table) ? 1 : 0;
  const count = table.columns.length;
  if (inFront === 0 && count === traits.columnNames.length) return traits;
  const place = (column: number): number | null => {
    const at = column - inFront;
    return at >= 0 && at < count ? at : null;
  };
  const places = (columns: readonly number[]): number[] | null => {
    const found = columns.map(place).filter((at) => at !== null);
    return found.length === columns.length ? found : null;
  };
  const { primaryKey, autoIncrementColumn, generatedColumns } = traits;
  const ownKey = primaryKey === null ? null : places(primaryKey);
  const generated = new Set(generatedColumns);
  const replicaOnly = traits.columnNames.some(
    (_, column) => place(column) === null && !generated.has(column),
  );
  const autoIncrement = autoIncrementColumn === null ? null : place(autoIncrementColumn);
  return {
    ...traits,
    columnNames: traits.columnNames.slice(inFront, inFront + count),
    primaryKey: ownKey,
    primaryKeyComparable: ownKey !== null && traits.primaryKeyComparable,
    uniqueKeys: traits.uniqueKeys.map((key) => fitKey(key, places(key.columns))),
    autoIncrementColumn: autoIncrement,
    ...(replicaOnly || (primaryKey !== null && ownKey === null) ? { replicaOnly: true } : {}),
  };
}

/** A key with a column that images do not carry is like one with an expression: any change of the row may change it. */
function fitKey(key: UniqueKey, columns: readonly number[] | null): UniqueKey {
  if (columns !== null) return { ...key, columns };
  const obstacle = 'the source does not have all of its columns';
  return { name: key.name, columns: [], comparable: false, functional: true, obstacle };
}

function hasGeneratedKey({ event }: TableMap): boolean {
  return (event.readUInt16LE(flagsAt) & generatedKeyFlag) !== 0;
}

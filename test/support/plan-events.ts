import { ByteBudget } from '../../src/transaction/byte-budget.js';
import { EventType } from '../../src/binlog/event-type.js';
import { readRowsEvent, RowsFlag, type RowsEvent } from '../../src/binlog/rows-event.js';
import type { Transaction } from '../../src/transaction/transaction.js';
import { event, rowImage, rowsBody } from './binlog-events.js';
import type { RowChange } from './plan-source.js';
import type { ModelTable, Row } from './plan-tables.js';

const types = {
  write: EventType.WriteRows,
  update: EventType.UpdateRows,
  delete: EventType.DeleteRows,
} as const;

const toBytes = (value: string | null): Buffer | null =>
  value === null ? null : Buffer.from(value, 'latin1');

const image = (row: Row, columns: readonly number[]): Buffer =>
  rowImage(columns.map((column) => toBytes(row[column] ?? null)));

function bitmap(columnCount: number, columns: readonly number[]): Buffer {
  const bytes = Buffer.alloc((columnCount + 7) >> 3);
  for (const column of columns) bytes[column >> 3] = (bytes[column >> 3] ?? 0) | (1 << (column & 7));
  return bytes;
}

/** Which columns the images of a partial event carry, as with binlog_row_image=MINIMAL. */
function partialColumns({ table, before, after }: RowChange): { before: number[]; after: number[] } {
  const all = table.columns.map((_, column) => column);
  const key = table.traits.primaryKey ?? all;
  const changed = all.filter((column) =>
    before === null ? after?.[column] !== null : before[column] !== after?.[column],
  );
  return { before: key.toSorted((a, b) => a - b), after: changed };
}

/** One row event for changes that agree in table, kind and flags. */
function rowsEvent(changes: readonly RowChange[]): RowsEvent {
  const { table, kind, flags, partial } = changes[0] as RowChange;
  const columnCount = table.columns.length;
  const all = table.columns.map((_, column) => column);
  const columns = partial ? partialColumns(changes[0] as RowChange) : { before: all, after: all };
  const images = changes.flatMap(({ before, after }) => [
    ...(before === null ? [] : [image(before, columns.before)]),
    ...(after === null ? [] : [image(after, columns.after)]),
  ]);
  const present = [
    ...(kind === 'write' ? [] : [bitmap(columnCount, columns.before)]),
    ...(kind === 'delete' ? [] : [bitmap(columnCount, columns.after)]),
  ];
  const body = rowsBody(types[kind], {
    tableId: table.map.tableId,
    columnCount,
    images,
    flags: flags | RowsFlag.StatementEnd,
    present,
  });
  return readRowsEvent(event(types[kind], body), table.map);
}

const isSameRow = (one: RowChange['after'], other: RowChange['before']): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** `joins` for each change, without those that would make a statement change a row twice, which none does. */
export function joinsOfStatements(changes: readonly RowChange[], joins: readonly boolean[]): boolean[] {
  let open: RowChange[] = [];
  return changes.map((change, index) => {
    const twice = change.kind === 'update' && open.some(({ after }) => isSameRow(after, change.before));
    const joined = !twice && joins[index % joins.length] === true;
    open = joined ? [...open, change] : [change];
    return joined;
  });
}

/** Cuts changes into row events; `joins` says where neighbours that agree share one. */
function rowsEvents(changes: readonly RowChange[], joins: readonly boolean[]): RowsEvent[] {
  const events: RowChange[][] = [];
  changes.forEach((change, index) => {
    const open = events.at(-1);
    const last = open?.at(-1);
    const agrees =
      last !== undefined &&
      last.table === change.table &&
      last.kind === change.kind &&
      last.flags === change.flags &&
      !last.partial &&
      !change.partial;
    if (agrees && joins[index % joins.length] === true) open?.push(change);
    else events.push([change]);
  });
  return events.map(rowsEvent);
}

/** One transaction of kind `rows` with these changes. */
export function transactionOf(
  changes: readonly RowChange[],
  joins: readonly boolean[],
  number: number,
): Transaction {
  const rows = rowsEvents(changes, joins);
  return {
    kind: 'rows',
    gtid: { sid: '00112233-4455-6677-8899-00aabbccddee', tag: '', gno: number },
    originalCommitMicros: null,
    immediateCommitMicros: null,
    lastCommitted: 0,
    sequenceNumber: number,
    file: 'binlog.000001',
    startOffset: number * 1000,
    endOffset: number * 1000 + 999,
    statement: null,
    rows,
    slabs: [],
    budget: new ByteBudget(Infinity),
    bytes: rows.reduce((sum, { bytes }) => sum + bytes.length, 0),
    settings: null,
    steps: [],
    canRollBack: true,
    tail: null,
  };
}

/** A lookup from table maps to traits, as the builder wants it. */
export function traitsOf(
  tables: readonly ModelTable[],
): (map: { readonly name: string }) => ModelTable['traits'] {
  const byName = new Map(tables.map((table) => [table.map.name, table.traits]));
  return ({ name }) => {
    const traits = byName.get(name);
    if (traits === undefined) throw new Error(`no traits for ${name}`);
    return traits;
  };
}

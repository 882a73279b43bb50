import * as fc from 'fast-check';
import { ColumnType } from '../../src/binlog/column-layout.js';
import type { Transaction } from '../../src/transaction/transaction.js';
import { joinsOfStatements, transactionOf } from './plan-events.js';
import { actions, type Attempt, ModelSource, type RowChange } from './plan-source.js';
import { type ModelTable, modelTables, type Row } from './plan-tables.js';

/** A source's tables at first, what it did then in transactions, and the tables at the end. */
export interface History {
  readonly tables: readonly ModelTable[];
  readonly before: ReadonlyMap<ModelTable, readonly Row[]>;
  readonly transactions: readonly Transaction[];
  readonly after: ReadonlyMap<ModelTable, readonly Row[]>;
  /** The highest AUTO_INCREMENT numbers of the rows at first and those that `transactions` gave out. */
  readonly counters: ReadonlyMap<ModelTable, number>;
  /** For the report of a counterexample. */
  readonly [fc.toStringMethod]: () => string;
}

/** A row for people: numbers as such, texts as they are, what only pads left out. */
function rowText(table: ModelTable, row: Row): string {
  const values = row.map((value, i) => {
    const column = table.columns[i];
    if (value === null || column === undefined) return 'NULL';
    const bytes = Buffer.from(value, 'latin1');
    if (column.type === ColumnType.Blob) return '…';
    if (column.type === ColumnType.Varchar) return bytes.toString('latin1', 1);
    return String(bytes.length === 8 ? bytes.readBigInt64LE() : bytes.readInt32LE());
  });
  return `(${values.join(', ')})`;
}

function changeText({ table, kind, before, after, flags, partial }: RowChange): string {
  const rows = [before, after].flatMap((row) => (row === null ? [] : [rowText(table, row)]));
  return `${kind} ${table.traits.table} ${rows.join(' → ')}${flags === 0 ? '' : ` flags ${flags}`}${partial ? ' partial' : ''}`;
}

function historyText(
  before: ReadonlyMap<ModelTable, readonly Row[]>,
  groups: readonly (readonly RowChange[])[],
): string {
  const held = [...before].flatMap(([table, rows]) =>
    rows.map((row) => `${table.traits.table} ${rowText(table, row)}`),
  );
  const transactions = groups.map((changes, i) => `${i + 1}: ${changes.map(changeText).join('; ')}`);
  return `\nbefore: ${held.join(', ')}\n${transactions.join('\n')}\n`;
}

const attempts = (partials: boolean): fc.Arbitrary<Attempt> =>
  fc.record({
    table: fc.nat(63),
    action: fc.constantFrom(...actions),
    rows: fc.tuple(fc.nat(15), fc.nat(15), fc.nat(15)),
    column: fc.nat(4),
    values: fc.array(fc.nat(11), { minLength: 5, maxLength: 5 }),
    logged: fc.boolean(),
    partial: partials ? fc.integer({ min: 0, max: 15 }).map((n) => n === 0) : fc.constant(false),
  });

/** What an AUTO_INCREMENT counter knows that has seen the rows of a copy, and then these changes. */
function countersOf(
  copy: ReadonlyMap<ModelTable, readonly Row[]>,
  changes: readonly RowChange[],
): Map<ModelTable, number> {
  const counters = new Map<ModelTable, number>();
  const see = (table: ModelTable, row: Row | null): void => {
    const column = table.traits.autoIncrementColumn;
    if (column === null || row === null) return;
    const number = Buffer.from(row[column] ?? '', 'latin1').readInt32LE(0);
    counters.set(table, Math.max(number, counters.get(table) ?? 0));
  };
  for (const [table, rows] of copy) for (const row of rows) see(table, row);
  for (const { table, after } of changes) see(table, after);
  return counters;
}

/** Random histories over some of the tables; `partials` lets some events carry only some columns. */
export function histories({ partials }: { readonly partials: boolean }): fc.Arbitrary<History> {
  return fc
    .record({
      padBytes: fc.constantFrom(0, 60_000, 60_000),
      firstTable: fc.nat(63),
      tableCount: fc.integer({ min: 1, max: 19 }),
      prelude: fc.noBias(fc.array(attempts(false), { maxLength: 60, size: 'max' })),
      attempts: fc.noBias(fc.array(attempts(partials), { minLength: 1, maxLength: 100, size: 'max' })),
      cuts: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 }),
      joins: fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
    })
    .map(({ padBytes, firstTable, tableCount, prelude, attempts: tries, cuts, joins }) => {
      const tables = modelTables(padBytes);
      const source = new ModelSource(tables);
      const pick = (attempt: Attempt): Attempt => ({
        ...attempt,
        table: (firstTable + (attempt.table % tableCount)) % tables.length,
      });
      for (const attempt of prelude) source.attempt(pick(attempt));
      const before = new Map([...source.rows].map(([table, rows]) => [table, [...rows]]));
      const changes = tries.flatMap((attempt) => source.attempt(pick(attempt)));
      const groups: RowChange[][] = [];
      for (let at = 0; at < changes.length;) {
        const size = cuts[groups.length % cuts.length] ?? 1;
        groups.push(changes.slice(at, at + size));
        at += size;
      }
      return {
        tables,
        before,
        transactions: groups.map((group, index) =>
          transactionOf(group, joinsOfStatements(group, joins), index + 1),
        ),
        after: source.rows,
        counters: countersOf(before, changes),
        [fc.toStringMethod]: () => historyText(before, groups),
      };
    });
}

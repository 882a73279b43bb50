import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { RowsFlag, type RowsEvent } from '../../src/binlog/rows-event.js';
import { EpochBuilder } from '../../src/plan/epoch-builder.js';
import { explainTables, type SourceOrderCase, type TableExplanation } from '../../src/plan/explain-table.js';
import { partitionStrategies } from '../../src/plan/partition.js';
import { traitsOf } from '../support/plan-events.js';
import { histories } from '../support/plan-history.js';
import { changesOf, planOf, tableNamed } from '../support/plan-rows.js';
import { modelTables } from '../support/plan-tables.js';

const lanes = 4;

/** What the words of a case mean, in terms of an event. */
function happens({ reason, schema, table, kinds }: SourceOrderCase, event: RowsEvent): boolean {
  if (event.table.schema !== schema || event.table.table !== table || !kinds.includes(event.kind))
    return false;
  if (reason === 'partial-image') return !event.complete;
  if (reason === 'linked-without-key') return true;
  return (event.flags & (RowsFlag.SqlForeignKey | RowsFlag.NoForeignKeyChecks)) === 0;
}

describe('what is told of a table is what the planner does', () => {
  test.each(partitionStrategies)('with the events of any history: partition %s [P8]', (strategy) => {
    const seen = { strict: 0, keyless: 0, net: 0, apart: 0 };
    fc.assert(
      fc.property(histories({ partials: true }), ({ tables, transactions }) => {
        const told = new Map<string, TableExplanation>();
        const habits = { partialImages: true, actionsLogged: false };
        const explained = explainTables(
          tables.map(({ traits }) => traits),
          habits,
          { strategy, lanes },
        );
        explained.forEach((explanation, i) => told.set(tables[i]?.map.name ?? '', explanation));
        const builder = new EpochBuilder(
          { rowsMax: 1e6, bytesMax: 1e9, strictTables: null, strategy, lanes },
          traitsOf(tables),
        );
        for (const transaction of transactions) builder.add(transaction);
        const { shares } = builder.close();
        const events = transactions.flatMap(({ rows }) => rows);
        for (const { name } of new Set(events.map(({ table }) => table))) {
          const explanation = told.get(name);
          if (explanation === undefined) throw new Error(`nothing is told of ${name}`);
          const strict = shares.some((share) => share.strict.some(({ table }) => table.name === name));
          const expected = explanation.sourceOrder.some((one) => events.some((event) => happens(one, event)));
          if (strict !== expected) throw new Error(`${name}: strict ${strict}, told ${expected}`);
          if (strict) {
            seen.strict++;
            continue;
          }
          const keyless = shares.flatMap((share, lane) =>
            share.keyless.filter(({ table }) => table.name === name).map(() => lane),
          );
          const nets = shares.flatMap((share, lane) =>
            share.nets.filter(({ table }) => table.name === name).map(() => lane),
          );
          if (explanation.applied === 'in-order') {
            seen.keyless++;
            expect([new Set(keyless), nets]).toEqual([new Set([0]), []]);
            continue;
          }
          expect([explanation.applied, keyless]).toEqual(['net-changes', []]);
          seen.net++;
          if (nets.length < 2) continue;
          seen.apart++;
          expect([name, explanation.unit, explanation.splitObstacle]).toEqual([name, 'row', null]);
        }
      }),
      { numRuns: 100 },
    );
    expect(Math.min(seen.strict, seen.keyless, seen.net)).toBeGreaterThan(10);
    expect(seen.apart > 0).toBe(strategy === 'row' || strategy === 'auto');
  });

  test('a source that logs full images and foreign-key actions puts only linked tables without a key in order', () => {
    const tables = modelTables(0);
    const habits = { partialImages: false, actionsLogged: true };
    const explained = explainTables(
      tables.map(({ traits }) => traits),
      habits,
      { strategy: 'auto', lanes },
    );
    const ordered = explained.filter(({ sourceOrder }) => sourceOrder.length > 0);
    expect(ordered.map(({ table }) => table)).toEqual(['declared_bag', 'declared_key']);
    expect(ordered[1]?.sourceOrder).toEqual([
      {
        reason: 'linked-without-key',
        schema: 's2',
        table: 'declared_bag',
        kinds: ['write', 'update', 'delete'],
      },
    ]);
  });

  test.each(modelTables(0).map(({ traits }) => traits.table))(
    '%s is split by row if it is said to be',
    (name) => {
      const tables = modelTables(0);
      const own = tableNamed(tables, name);
      const [told] = explainTables(
        [own.traits],
        { partialImages: false, actionsLogged: true },
        { strategy: 'row', lanes },
      );
      const { insert } = changesOf(own);
      // Rows that share no value, and enough of them for several lanes.
      const changes = Array.from({ length: 1200 }, (_, i) => insert(own.columns.map(() => 100 + i)));
      const plan = planOf(tables, changes, { strategy: 'row', lanes });
      const holders = plan.shares.filter((share) =>
        share.nets.some(({ table }) => table.name === own.map.name),
      );
      expect(holders.length > 1).toBe(told?.unit === 'row');
      expect(told?.splitObstacle === null).toBe(told?.unit === 'row');
    },
  );
});

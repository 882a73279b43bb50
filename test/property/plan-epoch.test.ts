import { afterAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ShareEncoder } from '../../src/apply/lane/share-encoder.js';
import type { EpochPlan } from '../../src/plan/epoch-plan.js';
import { EpochBuilder } from '../../src/plan/epoch-builder.js';
import { type LaneShare, type PartitionStrategy, partitionStrategies } from '../../src/plan/partition.js';
import type { Transaction } from '../../src/transaction/transaction.js';
import { traitsOf } from '../support/plan-events.js';
import { type History, histories } from '../support/plan-history.js';
import { decodeChunks, ModelReplica, type Step } from '../support/plan-replica.js';
import type { ModelTable } from '../support/plan-tables.js';

const runs = 100;
const chunkBytes = 128 * 1024;

/** Few histories have enough for eight lanes: more often allowed than any other number, they are used in every run. */
const lanes = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 8 }) },
  { weight: 1, arbitrary: fc.constant(8) },
);
/** Which lane takes the next step, of those that have one left. */
const turns = fc.array(fc.nat(7), { minLength: 1, maxLength: 30 });

interface Choice {
  readonly strategy: PartitionStrategy;
  readonly lanes: number;
}

function planEpoch(
  tables: readonly ModelTable[],
  transactions: readonly Transaction[],
  choice: Choice,
  strictTables: ReadonlySet<string> | null = null,
): EpochPlan {
  const builder = new EpochBuilder(
    { rowsMax: 1e6, bytesMax: 1e9, strictTables, ...choice },
    traitsOf(tables),
  );
  for (const transaction of transactions) {
    must(builder.accepts(transaction), 'a transaction was not accepted');
    builder.add(transaction);
  }
  return builder.close();
}

const encoder = new ShareEncoder(chunkBytes);
const stepsOf = (share: LaneShare): Step[] => decodeChunks(encoder.share(share));

/** Runs the lanes of an epoch side by side, in the order of `order`, and commits them together. */
function applyShares(replica: ModelReplica, shares: readonly LaneShare[], order: readonly number[]): void {
  const left = shares
    .map((share, lane) => ({ lane, steps: stepsOf(share), next: 0 }))
    .filter(({ steps }) => steps.length > 0);
  for (let turn = 0; left.length > 0; turn++) {
    const index = (order[turn % order.length] ?? 0) % left.length;
    const own = left[index];
    if (own === undefined) throw new Error('unreachable');
    replica.apply(own.lane, own.steps[own.next++] as Step);
    if (own.next === own.steps.length) left.splice(index, 1);
  }
  replica.unlock();
}

function must(holds: boolean, what: string): void {
  // An `expect` for each of millions of facts would take longer than the planner.
  if (!holds) throw new Error(what);
}

/** What must hold of every plan, whatever it does to the data. */
function checkShape(plan: EpochPlan, history: History, { lanes: lanesMax }: Choice): void {
  must(plan.doubt === null, 'the planner doubts a history that is sound');
  must(
    plan.shares.length > 0 && plan.shares.length <= lanesMax,
    `${plan.shares.length} lanes of ${lanesMax}`,
  );
  const traitsOfTable = traitsOf(history.tables);
  const laneOfGroup = new Map<string, number>();
  plan.shares.forEach(({ strict, keyless, nets }, lane) => {
    must(lane === 0 || strict.length + keyless.length === 0, 'what cannot be applied twice is not in lane 0');
    for (const { name } of [...strict, ...keyless, ...nets].map(({ table }) => table)) {
      const { linked, linkGroup } = traitsOfTable({ name });
      if (!linked) continue;
      must((laneOfGroup.get(linkGroup) ?? lane) === lane, `linked tables are in several lanes: ${linkGroup}`);
      laneOfGroup.set(linkGroup, lane);
    }
  });
  const inSourceOrder = plan.transactions.flatMap(({ rows }) => rows);
  const places = (plan.shares[0]?.strict ?? []).map((rows) => inSourceOrder.indexOf(rows));
  must(
    places.every((place, i) => place >= 0 && place > (places[i - 1] ?? -1)),
    'strict events are not in source order',
  );
}

/** How often something was seen: the tests are worth nothing if it never was. */
const seen = { lanes: new Map<number, number>(), strict: 0, keyless: 0, burnt: 0, split: 0 };

function note(plan: EpochPlan): void {
  const { shares } = plan;
  seen.lanes.set(shares.length, (seen.lanes.get(shares.length) ?? 0) + 1);
  if (shares.some((share) => share.strict.length > 0)) seen.strict++;
  if (shares.some((share) => share.keyless.length > 0)) seen.keyless++;
  const nets = shares.flatMap((share) => share.nets);
  if (nets.some((net) => net.burnt !== null)) seen.burnt++;
  if (new Set(nets.map(({ table }) => table.name)).size < nets.length) seen.split++;
}

describe.each(partitionStrategies)('partition %s', (strategy) => {
  test('a plan gives what the source has, and no lane is ever refused or waits for another [P3, P6, T3, T9]', () => {
    fc.assert(
      fc.property(
        histories({ partials: false }),
        lanes,
        turns,
        fc.nat(3),
        (history, count, order, epochs) => {
          const { tables, transactions } = history;
          const choice = { strategy, lanes: count };
          const replica = new ModelReplica(tables, history.before);
          const size = Math.max(1, Math.ceil(transactions.length / (epochs + 1)));
          for (let at = 0; at < transactions.length; at += size) {
            const plan = planEpoch(tables, transactions.slice(at, at + size), choice);
            checkShape(plan, history, choice);
            note(plan);
            applyShares(replica, plan.shares, order);
          }
          expect(replica.content).toEqual(new ModelReplica(tables, history.after).content);
          for (const [table, number] of history.counters) {
            // Zero asks for the next number; as a number of its own it does not move the counter.
            if (number === 0) continue;
            expect([table.map.name, replica.counters.get(table)]).toEqual([table.map.name, number]);
          }
        },
      ),
      { numRuns: runs },
    );
  });

  test('events that carry only some columns keep their tables in source order [T6]', () => {
    fc.assert(
      fc.property(histories({ partials: true }), lanes, turns, (history, count, order) => {
        const choice = { strategy, lanes: count };
        const plan = planEpoch(history.tables, history.transactions, choice);
        checkShape(plan, history, choice);
        note(plan);
        const replica = new ModelReplica(history.tables, history.before);
        applyShares(replica, plan.shares, order);
        expect(replica.content).toEqual(new ModelReplica(history.tables, history.after).content);
      }),
      { numRuns: runs },
    );
  });

  test('after a crash between commits the same transactions, planned again, complete the epoch [P1]', () => {
    fc.assert(
      fc.property(
        histories({ partials: true }),
        lanes,
        fc.constantFrom(...partitionStrategies),
        lanes,
        turns,
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        (history, count, laterStrategy, laterCount, order, committed) => {
          const { tables, transactions } = history;
          const plan = planEpoch(tables, transactions, { strategy, lanes: count });
          const replica = new ModelReplica(tables, history.before);
          applyShares(
            replica,
            plan.shares.filter((_, lane) => committed[lane]),
            order,
          );

          const later = { strategy: laterStrategy, lanes: laterCount };
          const again = planEpoch(tables, transactions, later, new Set(plan.strictTables));
          checkShape(again, history, later);
          for (const share of again.shares) {
            if (committed[0] === true) continue;
            for (const step of decodeChunks(encoder.share({ ...share, nets: [] }))) replica.apply(0, step);
          }
          for (const share of again.shares) {
            for (const step of decodeChunks(encoder.repeatable(share))) replica.applyAgain(step);
          }
          expect(replica.content).toEqual(new ModelReplica(tables, history.after).content);
        },
      ),
      { numRuns: runs },
    );
  });
});

afterAll(() => {
  expect([...seen.lanes.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  for (const what of [seen.strict, seen.keyless, seen.burnt, seen.split])
    expect(what).toBeGreaterThan(runs / 10);
});

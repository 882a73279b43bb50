import { describe, expect, test } from '@jest/globals';
import { LaneClock } from '../../../src/apply/lane/lane-clock.js';
import { LaneShares } from '../../../src/endpoint/lane-shares.js';
import { StateChanges } from '../../../src/endpoint/state-changes.js';
import { LinkActivity } from '../../../src/link/link-activity.js';
import { TableWork } from '../../../src/link/table-activity.js';
import { HotKeys } from '../../../src/plan/hot-keys.js';
import { keyText } from '../../../src/plan/key-text.js';
import { lanesWorth } from '../../../src/plan/partition.js';
import { builderOf, changesOf, planOf, tableNamed, transactionsOf } from '../../support/plan-rows.js';
import { modelTables } from '../../support/plan-tables.js';

const tables = modelTables(0);
const plain = changesOf(tableNamed(tables, 'plain'));
const people = changesOf(tableNamed(tables, 'people'));

describe('where the time of lanes goes', () => {
  test('every millisecond is counted once, for what the lane did then [P21]', () => {
    let now = 0;
    const clock = new LaneClock(3, () => now);
    const pass = (ms: number): void => void (now += ms);
    pass(5);
    clock.setAll('planning');
    pass(10);
    // Two work; a third would, but what they do must stay together.
    clock.apply(2, 3);
    pass(20);
    clock.set(0, 'commit');
    pass(30);
    clock.setAll('source');
    pass(40);
    const [first, second, third] = clock.read();
    expect(first).toMatchObject({
      now: 'source',
      ms: { down: 5, planning: 10, executing: 20, commit: 30, source: 40 },
    });
    expect(second).toMatchObject({ ms: { executing: 50, commit: 0, conflict: 0 } });
    expect(third).toMatchObject({ ms: { executing: 0, conflict: 50 } });
    for (const { ms } of clock.read()) expect(Object.values(ms).reduce((sum, one) => sum + one)).toBe(now);
  });

  test('lanes for which there is too little to do wait for the source', () => {
    const clock = new LaneClock(4, () => 0);
    clock.apply(1, lanesWorth(10, 4));
    expect(clock.read().map((lane) => lane.now)).toEqual(['executing', 'source', 'source', 'source']);
    clock.apply(1, lanesWorth(700, 4));
    expect(clock.read().map((lane) => lane.now)).toEqual(['executing', 'conflict', 'conflict', 'source']);
  });

  test('shares are of the last seconds, and add up to one', () => {
    let now = 0;
    const clock = new LaneClock(1, () => now);
    const shares = new LaneShares();
    clock.setAll('executing');
    for (let second = 0; second < 10; second += 1) {
      now += 1_000;
      shares.next(clock.read());
    }
    clock.setAll('source');
    now += 2_500;
    const [lane] = shares.next(clock.read());
    expect(lane).toEqual({
      now: 'source',
      shares: { executing: 0.615, commit: 0, conflict: 0, planning: 0, source: 0.385, down: 0 },
    });
  });
});

describe('what an epoch does to tables', () => {
  test('is counted by table, before and after it is reduced, strict ones too', () => {
    const plan = planOf(tables, [
      plain.insert([1, 0]),
      plain.update([1, 0], [1, 1]),
      plain.update([1, 1], [1, 2]),
      people.insert([1, 1]),
      { ...people.update([1, 1], [1, 2]), partial: true },
    ]);
    expect(plan.tables).toEqual([
      { schema: 's1', table: 'plain', rowsIn: 3, rowsOut: 1 },
      { schema: 's1', table: 'people', rowsIn: 2, rowsOut: 2 },
    ]);
    expect(plan.tables.reduce((sum, { rowsIn }) => sum + rowsIn, 0)).toBe(plan.rowsIn);
    expect(plan.tables.reduce((sum, { rowsOut }) => sum + rowsOut, 0)).toBe(plan.rowsOut);
  });

  test('fades, and never holds more than so many tables', () => {
    const work = new TableWork();
    for (let table = 0; table < 2_000; table += 1)
      work.add({ schema: 's', table: `t${table}`, rowsIn: table === 3 ? 50 : 1, rowsOut: 1 });
    expect(work.top(9_999)).toHaveLength(512);
    expect(work.top(1)).toMatchObject([{ table: 't3', rowsIn: 50 }]);
    for (let second = 0; second < 40; second += 1) work.fade(0.9);
    expect(work.top(9_999).map(({ table }) => table)).toEqual(['t3']);
  });
});

describe('hot keys', () => {
  test('are found within an epoch and over many, and named by their columns', () => {
    const keys = new HotKeys();
    const folded = Array.from({ length: 80 }, (_, row) => plain.insert([row, 0]));
    for (let n = 0; n < 20; n += 1) folded.push(plain.update([5, n], [5, n + 1]));
    keys.note(planOf(tables, folded));
    expect(keys.top(9)).toEqual([{ schema: 's1', table: 'plain', key: 'id=5', changes: 21 }]);
    for (let epoch = 0; epoch < 30; epoch += 1)
      keys.note(planOf(tables, [plain.update([7, epoch], [7, epoch + 1])]));
    expect(keys.top(2).map(({ key, changes }) => [key, changes])).toEqual([
      ['id=7', 30],
      ['id=5', 21],
    ]);
    keys.fade(0.5);
    expect(keys.top(1)).toMatchObject([{ changes: 15 }]);
  });

  test('stand out of any number of rows that change once', () => {
    const keys = new HotKeys();
    for (let epoch = 0; epoch < 300; epoch += 1) {
      const noise = Array.from({ length: 40 }, (_, row) => plain.insert([100 + epoch * 40 + row, 0]));
      keys.note(planOf(tables, [...noise, plain.update([7, 0], [7, 1])]));
    }
    expect(keys.top(1)).toMatchObject([{ key: 'id=7', changes: 300 }]);
    expect(keys.top(9_999).length).toBeLessThan(512);
  });

  test('are not kept where they are not to be shown', () => {
    const activity = new LinkActivity({ lanes: 1, hotKeys: false });
    const builder = builderOf(tables);
    for (const transaction of transactionsOf([plain.insert([1, 0])])) builder.add(transaction);
    activity.applied(builder.close());
    expect(activity.hotKeys).toBeNull();
    expect(activity.tables.top(1)).toMatchObject([{ table: 'plain', rowsIn: 1 }]);
  });

  test('a key that cannot be read is shown as bytes', () => {
    const { map, traits } = tableNamed(tables, 'plain');
    expect(keyText(map, [0, 1], traits.columnNames, 'x')).toMatch(/^x'/);
  });
});

describe('changes of state', () => {
  test('a link that goes to and fro between catching up and following runs; what interrupts it is told', () => {
    const changes = new StateChanges();
    changes.link(1, 'r', 'starting', null);
    changes.seq = 2;
    changes.link(2, 'r', 'catching-up', null);
    changes.link(3, 'r', 'following', null);
    changes.link(4, 'r', 'reconnecting', 'TR_SERVER_LOST: gone');
    expect(changes.after(0).map(({ from, to }) => [from, to])).toEqual([
      [null, 'starting'],
      ['starting', 'running'],
      ['running', 'reconnecting'],
    ]);
    expect(changes.after(1)).toHaveLength(2);
    expect(changes.after(1)[1]).toMatchObject({ kind: 'link', reason: 'TR_SERVER_LOST: gone' });
  });

  test('only so many are kept', () => {
    const changes = new StateChanges();
    for (let at = 0; at < 1_000; at += 1) changes.link(at, 'r', at % 2 === 0 ? 'stopped' : 'starting', null);
    expect(changes.after(0)).toHaveLength(200);
    expect(changes.after(0).at(-1)).toMatchObject({ at_ms: 999 });
  });
});

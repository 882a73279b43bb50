import { beforeAll, expect, test } from '@jest/globals';
import { type Failpoint, failpoints } from '../../src/apply/failpoint.js';
import { type FaultLab, type FaultLabOptions, useFaultLab } from './fault-lab.js';
import { FaultWorkload } from './fault-workload.js';
import { sqlValue } from './sql.js';

/** Where the process dies, one time after the other, while the same transactions are being applied. */
const deaths = {
  'before-commit': ['before-commit:1', 'before-commit:3', 'before-commit:2'],
  'between-commits': ['between-commits:1', 'between-commits:1'],
  'before-lane-zero-commit': ['before-lane-zero-commit:1', 'before-lane-zero-commit:1'],
  'after-commit': ['after-commit:1', 'after-commit:3', 'after-commit:2'],
  'after-adoption': ['after-adoption:1', 'after-adoption:2'],
  'during-large-transaction': ['during-large-transaction:1', 'during-large-transaction:2'],
  'before-large-commit': ['before-large-commit:1', 'before-large-commit:1'],
  'before-statement': ['before-statement:1', 'before-statement:2', 'before-statement:5'],
  'after-intent': ['after-intent:1', 'after-intent:2', 'after-intent:5'],
  'before-statement-gtid': ['before-statement-gtid:1', 'before-statement-gtid:3'],
  'after-statement': ['after-statement:1', 'after-statement:2', 'after-statement:3'],
  'during-recovery': [
    'before-lane-zero-commit:1',
    'during-recovery:1',
    'between-commits:1',
    'during-recovery:1',
  ],
} as const satisfies Partial<Record<Failpoint, readonly string[]>>;

type Point = keyof typeof deaths;

/** Transactions of each kind of load in one round: enough for epochs of several lanes. */
const burst = 70;

const epochTriesMax = 5;

export interface FailpointTests extends FaultLabOptions {
  readonly seed: number;
  /** Failpoints that are never come to here. */
  readonly without: readonly Point[];
}

/** Tests that kill a catch-up at each failpoint. */
export function testFailpoints({ seed, without, ...options }: FailpointTests): void {
  const useServers = useFaultLab(options);
  const workload = new FaultWorkload(seed);
  const points = (Object.keys(deaths) as Point[]).filter((point) => !without.includes(point));
  let lab: FaultLab;

  beforeAll(async () => {
    lab = await useServers();
    await workload.begin(lab.source);
  });

  test('there is no failpoint but these', () => {
    // Those of XA transactions and of statements among row changes have tests of their own.
    const others = failpoints.filter((name) => !/-xa-|mixed|filled|skip/.test(name));
    expect([...points, ...without, 'during-replay'].sort()).toEqual([...others].sort());
  });

  test.each(points)('killed at %s [P1, P2, T15, T19]', async (point) => {
    await workload.round(lab.source, burst);
    for (const failpoint of deaths[point]) await lab.dieAt(failpoint);
    await lab.catchUp();
    await lab.expectEqual();
  });

  test('an epoch that was broken under a larger budget than there is now', async () => {
    await lab.catchUp();
    // An epoch is what has arrived when the lanes are free: less than that where the stream was held up just then.
    for (let tries = 1; ; tries += 1) {
      await workload.wide(lab.source, 60);
      await lab.dieAt('before-lane-zero-commit', ['--budget-mib', '64', '--epoch-rows-max', '1000000']);
      if ((await lastEpochBytes(lab)) > 2 ** 20) break;
      expect(tries).toBeLessThan(epochTriesMax);
      await lab.catchUp();
    }
    await lab.catchUp();
    await lab.expectEqual();
  });

  test('killed at during-replay, after locks of another client have broken an epoch [T10]', async () => {
    await workload.round(lab.source, burst);
    const other = await lab.replica.connect();
    try {
      for (const failpoint of ['during-replay:1', 'during-replay:5']) {
        await other.execute('BEGIN');
        await other.query('SELECT * FROM fault_shop.counters FOR UPDATE');
        await lab.dieAt(failpoint, [], async (doomed) => {
          await doomed.says('the plan of an epoch did not hold');
          await other.execute('ROLLBACK');
        });
      }
    } finally {
      await other.close();
    }
    expect(await lab.catchUp()).toMatchObject({ conflicts: 0 });
    await lab.expectEqual();
  });
}

/** Bytes of binary log in the epoch that the checkpoint names. */
async function lastEpochBytes(lab: FaultLab): Promise<number> {
  const bytes = 'SELECT MAX(end_offset - start_offset) FROM tailrace.checkpoint';
  return Number(await sqlValue(lab.replica, bytes));
}

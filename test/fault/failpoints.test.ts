import { beforeAll, describe, expect, test } from '@jest/globals';
import { failpoints } from '../../src/apply/failpoint.js';
import { type FaultLab, useFaultLab } from '../support/fault-lab.js';
import { FaultWorkload } from '../support/fault-workload.js';

/** Where the process dies one time after the other, while the same transactions are being applied. */
const deaths: Readonly<Record<string, readonly string[]>> = {
  'before-commit': ['before-commit:1', 'before-commit:4', 'before-commit:2'],
  'between-commits': ['between-commits:1', 'between-commits:2', 'between-commits:3'],
  'after-commit': ['after-commit:1', 'after-commit:3', 'after-commit:2'],
  'after-adoption': ['after-adoption:1', 'after-adoption:3'],
  'during-large-transaction': ['during-large-transaction:1', 'during-large-transaction:2'],
  'before-large-commit': ['before-large-commit:1', 'before-large-commit:2'],
  'before-statement': ['before-statement:1', 'before-statement:2', 'before-statement:5'],
  'after-intent': ['after-intent:1', 'after-intent:2', 'after-intent:5'],
  'after-statement': ['after-statement:1', 'after-statement:2', 'after-statement:3'],
  'during-recovery': ['between-commits:1', 'during-recovery:1', 'during-recovery:1'],
};
const withGtidsOnly = ['after-adoption'];
const withoutGtidsOnly = ['after-intent'];

const kinds = [
  { name: 'with GTIDs', gtid: true, others: withoutGtidsOnly, sourceSettings: {} },
  {
    name: 'without GTIDs, by file and position, cascades not logged',
    gtid: false,
    others: withGtidsOnly,
    sourceSettings: { 'loose-innodb-native-foreign-keys': 'ON' },
  },
];

describe.each(kinds)('killed at a failpoint, $name', ({ gtid, others, sourceSettings }) => {
  const useServers = useFaultLab({ gtid, sourceSettings });
  const workload = new FaultWorkload(20_260_715);
  let lab: FaultLab;

  beforeAll(async () => {
    lab = await useServers();
    await workload.begin(lab.source);
  });

  test('every failpoint is killed at', () => {
    const here = [...Object.keys(deaths), 'during-replay'].filter((name) => !others.includes(name));
    expect([...here, ...others].sort()).toEqual([...failpoints].sort());
  });

  test.each(Object.keys(deaths).filter((name) => !others.includes(name)))('%s', async (name) => {
    await workload.round(lab.source);
    for (const failpoint of deaths[name] ?? []) await lab.dieAt(failpoint);
    await lab.catchUp();
    await lab.expectEqual();
  });
});

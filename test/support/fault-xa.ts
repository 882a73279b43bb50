import { beforeAll, expect, test } from '@jest/globals';
import { type FaultLab, type FaultLabOptions, useFaultLab } from './fault-lab.js';
import { sql, sqlValue } from './sql.js';

/** Where the process dies, one time after the other, while the same transactions are being applied. */
const deaths: Readonly<Record<string, readonly string[]>> = {
  'before-xa-prepare': ['before-xa-prepare:1', 'before-xa-prepare:2', 'before-xa-prepare:1'],
  'after-xa-prepare': ['after-xa-prepare:1', 'after-xa-prepare:2'],
  'before-xa-outcome': ['before-xa-outcome:1', 'before-xa-outcome:1', 'before-xa-outcome:2'],
  'after-xa-outcome': ['after-xa-outcome:1', 'after-xa-outcome:1'],
  'during-large-transaction': ['during-large-transaction:1', 'during-large-transaction:2'],
};
/** Without GTIDs what is about to be done is announced. */
const positionDeaths: Readonly<Record<string, readonly string[]>> = {
  ...deaths,
  'after-intent': ['after-intent:1', 'after-intent:2', 'after-intent:1'],
};

let round = 0;

/** XA of every outcome, one of them larger than the budget, between changes of other rows. */
async function writeRound({ source }: FaultLab): Promise<void> {
  const first = ++round * 100_000;
  const [commit, rollback, onePhase, large] = ['c', 'r', 'o', 'l'].map((name) => `'${name}${round}'`);
  const xa = (xid: string | undefined, ...statements: string[]): string[] => [
    `XA START ${xid}`,
    ...statements,
    `XA END ${xid}`,
  ];
  await sql(
    source,
    'USE fault_xa',
    ...xa(commit, `INSERT INTO t VALUES (${first}, 'committed')`, 'UPDATE counter SET n = n + 1'),
    `XA PREPARE ${commit}`,
    `INSERT INTO t VALUES (${first + 1}, 'between')`,
    ...xa(rollback, `INSERT INTO t VALUES (${first + 2}, 'rolled back')`),
    `XA PREPARE ${rollback}`,
    `XA COMMIT ${commit}`,
    ...xa(
      large,
      `INSERT INTO keyless WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 900) SELECT n + ${first}, REPEAT(n, 1000) FROM s`,
    ),
    `XA PREPARE ${large}`,
    ...xa(onePhase, 'UPDATE counter SET n = n * 2 + 1'),
    `XA COMMIT ${onePhase} ONE PHASE`,
    `XA ROLLBACK ${rollback}`,
    `XA COMMIT ${large}`,
    ...xa(`'last${round}'`, 'DELETE FROM keyless ORDER BY id LIMIT 800'),
    `XA COMMIT 'last${round}' ONE PHASE`,
    'UPDATE counter SET n = n + 1',
  );
}

/** Tests that kill tailrace, and the replica with it, around XA transactions. */
export function testXaFaults(options: FaultLabOptions = {}): void {
  const useServers = useFaultLab(options);
  let lab: FaultLab;

  beforeAll(async () => {
    lab = await useServers();
    await sql(
      lab.source,
      'CREATE DATABASE fault_xa',
      'USE fault_xa',
      'CREATE TABLE t (id INT PRIMARY KEY, v TEXT)',
      'CREATE TABLE keyless (id INT, v TEXT)',
      'CREATE TABLE counter (n BIGINT)',
      'INSERT INTO counter VALUES (1)',
    );
    await lab.catchUp();
  });

  const expectLevel = async (): Promise<void> => {
    await lab.catchUp();
    await lab.expectEqual();
    expect(await sqlValue(lab.replica, 'XA RECOVER')).toBeUndefined();
  };

  test.each(Object.entries(options.gtid === false ? positionDeaths : deaths))(
    'XA: killed at %s [P1, T12]',
    async (_, failpoints) => {
      await writeRound(lab);
      for (const failpoint of failpoints) await lab.dieAt(failpoint);
      await expectLevel();
    },
  );

  test.each(['after-xa-prepare:1', 'after-xa-outcome:2', 'before-xa-prepare:3'])(
    'XA: the replica is killed together with tailrace at %s [P1, T12]',
    async (failpoint) => {
      await writeRound(lab);
      await lab.dieAt(failpoint);
      await lab.replica.kill();
      await lab.replica.restart();
      await expectLevel();
    },
  );

  test('XA: the same while it is applied again and again', async () => {
    await writeRound(lab);
    for (let nth = 1; nth <= 3; nth++) {
      await lab.dieAt('after-xa-prepare:1');
      await lab.replica.kill();
      await lab.replica.restart();
    }
    await expectLevel();
  });
}

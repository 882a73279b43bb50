import { beforeAll, describe, expect, test } from '@jest/globals';
import { expectLevel } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';

const lab = useLab();
let last = 0;

/** A new identifier, as statements write it: `'…','…',<format>`. */
const newXid = (): string => `'xa ${++last}','branch''s',${last}`;

/** An XA transaction up to its prepared state. */
const prepare = (xid: string, ...statements: string[]): string[] => [
  `XA START ${xid}`,
  ...statements,
  `XA END ${xid}`,
  `XA PREPARE ${xid}`,
];

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    'SET SESSION cte_max_recursion_depth = 100000',
    'CREATE DATABASE xa',
    'USE xa',
    'CREATE TABLE t (id INT PRIMARY KEY, v LONGTEXT, u INT UNIQUE)',
    'CREATE TABLE other (id INT PRIMARY KEY, v INT)',
    'CREATE TABLE parent (id INT PRIMARY KEY)',
    'CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)',
    'INSERT INTO parent VALUES (1), (2)',
    'INSERT INTO child VALUES (1, 1), (2, 2)',
    "INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2)",
  );
});

/** What is prepared, on both servers. */
async function prepared(): Promise<unknown[]> {
  const { onSource, onReplica } = await lab();
  return Promise.all([onSource, onReplica].map((on) => on.query('XA RECOVER CONVERT XID')));
}

async function expectNothingPrepared(): Promise<void> {
  expect(await prepared()).toEqual([[], []]);
}

describe.each([
  { lanes: 1, compression: 'OFF' },
  { lanes: 4, compression: 'ON' },
])('trap 12: XA with $lanes lanes, compression $compression', ({ lanes, compression }) => {
  const compressed = `SET SESSION binlog_transaction_compression = ${compression}`;

  test.each(['COMMIT', 'ROLLBACK'])('prepared, then XA %s [T12]', async (outcome) => {
    const { onSource, onReplica } = await lab();
    const xid = newXid();
    await sql(
      onSource,
      compressed,
      'USE xa',
      ...prepare(
        xid,
        'UPDATE t SET v = 7, u = NULL WHERE id = 1',
        `INSERT INTO t VALUES (${1000 + last}, 'xa', ${1000 + last})`,
        'DELETE FROM parent WHERE id = 1',
      ),
      'INSERT INTO other VALUES (1, 1) ON DUPLICATE KEY UPDATE v = v + 1',
    );
    await expectLevel(await lab(), { lanes });
    // Nothing shows before the outcome, and the lock is held as on the source.
    expect((await prepared())[1]).toEqual((await prepared())[0]);
    expect(await sqlValue(onReplica, `SELECT COUNT(*) FROM xa.t WHERE id = ${1000 + last}`)).toBe('0');
    await sql(onSource, `XA ${outcome} ${xid}`, 'INSERT IGNORE INTO xa.parent VALUES (1)');
    await expectLevel(await lab(), { lanes });
    await expectNothingPrepared();
  });

  test('in one phase it is a transaction like any other [T12]', async () => {
    const { onSource } = await lab();
    const xid = newXid();
    await sql(
      onSource,
      compressed,
      'USE xa',
      `XA START ${xid}`,
      `INSERT INTO t VALUES (${2000 + last}, 'one phase', NULL)`,
      'UPDATE other SET v = v + 1',
      `XA END ${xid}`,
      `XA COMMIT ${xid} ONE PHASE`,
    );
    const { report } = await expectLevel(await lab(), { lanes });
    expect(report).toMatchObject({ transactions: 1, epochs: 1 });
  });

  test('several at once, decided in another order, between other changes [T12]', async () => {
    const { onSource } = await lab();
    const xids = Array.from({ length: 5 }, newXid);
    const ids = xids.map((_, i) => 3000 + last * 10 + i);
    await sql(
      onSource,
      compressed,
      'USE xa',
      ...xids.flatMap((xid, i) => [
        ...prepare(xid, `INSERT INTO t VALUES (${ids[i]}, ${i}, ${ids[i]})`),
        `INSERT INTO other VALUES (${ids[i]}, 1)`,
      ]),
      `XA COMMIT ${xids[3]}`,
      `UPDATE t SET v = 'after' WHERE id = ${ids[3]}`,
      `XA ROLLBACK ${xids[0]}`,
      `INSERT INTO t VALUES (${ids[0]}, 'again', ${ids[0]})`,
      `XA COMMIT ${xids[4]}`,
    );
    await expectLevel(await lab(), { lanes });
    await sql(onSource, `XA COMMIT ${xids[1]}`, 'DELETE FROM other WHERE id > 100', `XA COMMIT ${xids[2]}`);
    await expectLevel(await lab(), { lanes });
    await expectNothingPrepared();
  });

  test.each(['COMMIT', 'ROLLBACK', 'ONE PHASE'])('larger than the budget, then %s [T12]', async (outcome) => {
    const { onSource, onReplica } = await lab();
    const xid = newXid();
    const before = await sqlValue(onReplica, 'SELECT COUNT(*) FROM xa.t');
    await sql(
      onSource,
      compressed,
      'USE xa',
      `XA START ${xid}`,
      `INSERT INTO t WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 4000) SELECT n + ${last * 10_000}, REPEAT(n, 300), NULL FROM s`,
      `XA END ${xid}`,
      outcome === 'ONE PHASE' ? `XA COMMIT ${xid} ONE PHASE` : `XA PREPARE ${xid}`,
    );
    const settings = { lanes, budgetBytes: 2 ** 20 };
    await expectLevel(await lab(), settings);
    if (outcome !== 'ONE PHASE') {
      expect(await sqlValue(onReplica, 'SELECT COUNT(*) FROM xa.t')).toBe(before);
      await sql(onSource, `XA ${outcome} ${xid}`);
      await expectLevel(await lab(), settings);
    }
    await sql(onSource, `DELETE FROM t WHERE id > ${last * 10_000}`);
    await expectLevel(await lab(), { lanes });
    await expectNothingPrepared();
  });
});

test.each([
  ['an empty branch', "'g'"],
  [
    'bytes of every kind',
    `X'${Buffer.from(Array.from({ length: 64 }, (_, i) => i * 4)).toString('hex')}',X'00ff',2147483647`,
  ],
  ['quotes', `'a''b"c\`d',';--',5`],
])('trap 12: an identifier with %s [T12]', async (_, xid) => {
  const { onSource } = await lab();
  await sql(onSource, 'USE xa', ...prepare(xid, 'UPDATE t SET v = CONCAT(v, 1) WHERE id = 2'));
  await expectLevel(await lab());
  await sql(onSource, `XA COMMIT ${xid}`);
  await expectLevel(await lab());
  await expectNothingPrepared();
});

test('trap 12: XA that changed nothing, or was rolled back before it was prepared, leaves nothing', async () => {
  const { onSource } = await lab();
  const [empty, undone] = [newXid(), newXid()];
  await sql(
    onSource,
    'USE xa',
    ...prepare(empty),
    `XA COMMIT ${empty}`,
    `XA START ${undone}`,
    "INSERT INTO t VALUES (999999, 'undone', NULL)",
    `XA END ${undone}`,
    `XA ROLLBACK ${undone}`,
    'UPDATE other SET v = v + 1',
  );
  await expectLevel(await lab());
  await expectNothingPrepared();
});

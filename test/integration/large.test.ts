import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  catchUp,
  expectEqual,
  expectLevel,
  linkSettings,
  makeLink,
  stopsWith,
  warningsOf,
} from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';

const lab = useLab();
const kibibyte = 1024;
const mebibyte = 2 ** 20;
const numbers = (count: number): string =>
  `WITH RECURSIVE s (n) AS (SELECT /*+ SET_VAR(cte_max_recursion_depth=100000) */ 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${count}) SELECT`;

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    'CREATE DATABASE big',
    'USE big',
    'CREATE TABLE t (id INT PRIMARY KEY, v LONGBLOB)',
    'CREATE TABLE keyless (id INT, v LONGBLOB)',
    'CREATE TABLE small (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(1000), u INT UNIQUE)',
  );
  await expectLevel(await lab());
});

describe('trap 15: large rows [T15]', () => {
  test('of more than 1 MiB and more than 16 MiB', async () => {
    const { onSource } = await lab();
    await sql(
      onSource,
      `INSERT INTO t VALUES (1, REPEAT('a', 2 * ${mebibyte})), (2, REPEAT('b', 100))`,
      `INSERT INTO t VALUES (3, REPEAT(x'00ff', 9 * ${mebibyte}))`,
      `INSERT INTO keyless VALUES (1, REPEAT('k', ${16 * mebibyte - 20}))`,
      `UPDATE t SET v = CONCAT(v, 'tail') WHERE id IN (1, 3)`,
      `UPDATE t SET id = 30 WHERE id = 3`,
      'DELETE FROM keyless',
      // Around the place where a packet of the protocol is full.
      ...[-40, 0].map(
        (more, i) =>
          `INSERT INTO t VALUES (${100 + i}, REPEAT('p', ${12 * mebibyte - 64 * kibibyte + more}))`,
      ),
    );
    await expectLevel(await lab());
    await sql(onSource, 'DELETE FROM t WHERE id >= 3');
    await expectLevel(await lab(), { lanes: 1 });
  });

  test('that the replica takes only one by one go one by one', async () => {
    const { onSource, onReplica } = await lab();
    await sql(onReplica, `SET GLOBAL max_allowed_packet = ${mebibyte}`);
    try {
      await sql(
        onSource,
        `INSERT INTO t ${numbers(6)} 200 + n, REPEAT('m', n * 100 * ${kibibyte}) FROM s`,
        `UPDATE t SET v = CONCAT('x', v) WHERE id BETWEEN 200 AND 203`,
        `INSERT INTO keyless ${numbers(4)} n, REPEAT('m', 300 * ${kibibyte}) FROM s`,
        `INSERT INTO small (id, v) ${numbers(3000)} n, REPEAT('s', 700) FROM s`,
      );
      await expectLevel(await lab());
    } finally {
      await sql(onReplica, 'SET GLOBAL max_allowed_packet = DEFAULT');
    }
  });

  test('that the replica does not take stop the link with the statement that cures it', async () => {
    const { onSource, onReplica, replica } = await lab();
    await sql(onReplica, `SET GLOBAL max_allowed_packet = ${mebibyte}`);
    await sql(
      onSource,
      "INSERT INTO t VALUES (300, 'before')",
      `INSERT INTO t VALUES (301, REPEAT('z', 3 * ${mebibyte}))`,
      "INSERT INTO t VALUES (302, 'after')",
    );
    const error = await stopsWith(await lab());
    expect(error).toMatchObject({
      code: 'TR_APPLY_PACKET_TOO_LARGE',
      what: expect.stringContaining('the replica takes 1 MiB'),
      cure: expect.stringMatching(/^On the replica: (SET PERSIST max_allowed_packet=\d+\*1024\*1024); /),
    });
    expect(await sqlValue(onReplica, 'SELECT COUNT(*) FROM big.t WHERE id >= 301')).toBe('0');
    const [, statement = ''] = /^On the replica: ([^;]+);/.exec(error.cure) ?? [];
    await sql(replica, statement);
    await catchUp(await lab());
    await expectEqual(await lab());
    await sql(onReplica, 'RESET PERSIST max_allowed_packet', 'SET GLOBAL max_allowed_packet = DEFAULT');
  });
});

describe('trap 15: large transactions [T15]', () => {
  const budgetBytes = mebibyte;

  async function streams(...statements: string[]): Promise<{ rows: number; heldMax: number }> {
    const { onSource } = await lab();
    await sql(onSource, ...statements);
    const { link, logged } = makeLink(linkSettings(await lab(), { budgetBytes }));
    let heldMax = 0;
    const watch = setInterval(() => (heldMax = Math.max(heldMax, link.progress().bytesHeld)), 2);
    const report = await link
      .run({ kind: 'now' }, new AbortController().signal)
      .finally(() => clearInterval(watch));
    expect({ fallbacks: report.fallbacks, warnings: warningsOf({ logged }) }).toEqual({
      fallbacks: 0,
      warnings: [],
    });
    await expectEqual(await lab());
    // What has been read from the socket already comes on top.
    expect(heldMax).toBeLessThan(budgetBytes + 512 * kibibyte);
    return { rows: report.rowsIn, heldMax };
  }

  test('that do not fit into memory are streamed', async () => {
    const { rows, heldMax } = await streams(
      'BEGIN',
      `INSERT INTO small (id, v, u) ${numbers(20_000)} 10000 + n, REPEAT('l', 500), n FROM s`,
      'UPDATE small SET u = NULL WHERE u = 1',
      'UPDATE small SET u = 1 WHERE u = 2',
      'DELETE FROM small WHERE u > 19000',
      `INSERT INTO keyless ${numbers(5000)} n % 7, REPEAT('q', 300) FROM s`,
      'DELETE FROM keyless WHERE id = 3 LIMIT 100',
      'COMMIT',
      'INSERT INTO small (v) VALUES (1)',
    );
    expect(rows).toBe(20_000 + 2 + 1000 + 5000 + 100 + 1);
    // It was looked at while there was something to see.
    expect(heldMax).toBeGreaterThan(budgetBytes / 4);
  });

  test('between small ones, several in a row, under a budget that one row exceeds', async () => {
    await streams(
      ...[1, 2, 3].flatMap((round) => [
        `INSERT INTO small (v) VALUES ('before ${round}')`,
        `UPDATE small SET v = REPEAT('${round}', 400) WHERE id > 10000`,
        `INSERT INTO small (v) VALUES ('after ${round}')`,
      ]),
      `DELETE FROM small WHERE id > 12000`,
    );
    const { onSource } = await lab();
    await sql(
      onSource,
      `INSERT INTO t VALUES (400, REPEAT('r', 2 * ${mebibyte})), (401, 'x')`,
      "UPDATE t SET v = 'y' WHERE id = 400",
    );
    await expectLevel(await lab(), { budgetBytes: 64 * kibibyte });
  });

  test('that create and fill a table', async () => {
    await streams(
      'CREATE TABLE made (PRIMARY KEY (id)) SELECT id, v FROM small',
      'INSERT INTO made VALUES (1000000, 1)',
      'DROP TABLE made',
    );
  });
});

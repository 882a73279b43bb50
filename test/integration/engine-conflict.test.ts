import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LinkSettings } from '../../src/link/link-settings.js';
import {
  catchUp,
  expectEqual,
  gtidExecuted,
  linkSettings,
  makeLink,
  stopsWith,
} from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab();

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(onSource, 'CREATE DATABASE d', 'USE d');
});

/** The same tables on both sides, filled; `diverge` then changes the replica alone. */
beforeEach(async () => {
  const { onSource } = await lab();
  // Should a test have failed, the next starts level all the same.
  await catchUp(await lab(), { onConflict: 'overwrite' });
  await sql(
    onSource,
    'DROP TABLE IF EXISTS keyed, keyless, named',
    'CREATE TABLE keyed (id INT PRIMARY KEY, v VARCHAR(20), u INT UNIQUE)',
    'CREATE TABLE keyless (a INT, b VARCHAR(20))',
    'CREATE TABLE named (name VARCHAR(20), part INT, v INT, PRIMARY KEY (name, part))',
    "INSERT INTO keyed VALUES (1, 'one', 1), (2, 'two', 2), (3, 'three', 3)",
    "INSERT INTO keyless VALUES (1, 'x'), (2, 'y')",
    "INSERT INTO named VALUES ('a', 1, 1), ('b', 2, 2)",
  );
  await catchUp(await lab());
});

async function diverge(...statements: string[]): Promise<void> {
  const { replica } = await lab();
  await sql(replica, 'SET sql_log_bin = 0', 'USE d', ...statements);
}

const textOf = async (statement: string): Promise<string> =>
  JSON.stringify(await (await lab()).onReplica.query(statement));

describe('a replica that has diverged stops the link', () => {
  test('a row that is missing: the GTID, the table, the key, both images and what the replica has are shown [P4]', async () => {
    const { onSource, onReplica } = await lab();
    await diverge('DELETE FROM keyed WHERE id = 2');
    await sql(
      onSource,
      "INSERT INTO keyed VALUES (10, 'before', 10)",
      "UPDATE keyed SET v = 'changed' WHERE id = 2",
      "INSERT INTO keyed VALUES (11, 'after', 11)",
    );
    const error = await stopsWith(await lab());
    const uuid = String(await sqlValue(onSource, 'SELECT @@server_uuid'));
    expect(error).toMatchObject({ code: 'TR_APPLY_CONFLICT', exitCode: 4 });
    expect(error.what).toMatch(new RegExp(`${uuid}:\\d+ .*\`d\`\\.\`keyed\`.*primary key: id`));
    expect(error.why).toContain("Can't find record");
    expect(error.why).toContain(
      "source before: id=2, v='two', u=2; source after: id=2, v='changed', u=2; replica has: no such row",
    );
    expect(error.cure).toMatch(/Compare the row/);
    // What came before is applied, nothing behind it, and the replica says so itself.
    expect(await textOf('SELECT id FROM d.keyed ORDER BY id')).toBe('[{"id":1},{"id":3},{"id":10}]');
    const [failed] = /:\d+/.exec(error.what.slice(uuid.length - 1)) ?? [];
    expect(await sqlValue(onReplica, `SELECT GTID_SUBSET('${uuid}${failed}', @@GLOBAL.gtid_executed)`)).toBe(
      '0',
    );

    await diverge("INSERT INTO keyed VALUES (2, 'two', 2)");
    await catchUp(await lab());
    await expectEqual(await lab());
  });

  test('a row that is there already', async () => {
    const { onSource } = await lab();
    await diverge("INSERT INTO keyed VALUES (50, 'of the replica', 50)");
    await sql(
      onSource,
      'BEGIN',
      "INSERT INTO keyed VALUES (49, 'same transaction', 49)",
      "INSERT INTO keyed VALUES (50, 'of the source', 51)",
      'COMMIT',
    );
    const error = await stopsWith(await lab());
    expect(error).toMatchObject({
      code: 'TR_APPLY_CONFLICT',
      why: expect.stringMatching(
        /Duplicate entry '50'.*source before: none; source after: id=50, v='of the source', u=51; replica has: id=50, v=of the replica, u=50/,
      ),
    });
    expect(await textOf('SELECT v FROM d.keyed WHERE id >= 49')).toBe('[{"v":"of the replica"}]');
    await diverge('DELETE FROM keyed WHERE id = 50');
    await catchUp(await lab());
    await expectEqual(await lab());
  });

  test('another row that holds a unique value, a composite key of text, and a table without a key', async () => {
    const { onSource } = await lab();
    await diverge(
      "INSERT INTO keyed VALUES (60, 'in the way', 70)",
      "DELETE FROM named WHERE name = 'b'",
      'DELETE FROM keyless WHERE a = 2',
    );
    await sql(onSource, "INSERT INTO keyed VALUES (61, 'wants it', 70)");
    const unique = await stopsWith(await lab());
    expect(unique).toMatchObject({
      code: 'TR_APPLY_CONFLICT',
      why: expect.stringContaining("Duplicate entry '70'"),
    });
    await diverge('DELETE FROM keyed WHERE id = 60');
    await sql(onSource, 'UPDATE named SET v = 22 WHERE part = 2');
    const text = await stopsWith(await lab());
    expect(text).toMatchObject({
      what: expect.stringContaining('primary key: name, part'),
      why: expect.stringContaining(
        "source before: name='b', part=2, v=2; source after: name='b', part=2, v=22; replica has: no such row",
      ),
    });
    await diverge("INSERT INTO named VALUES ('b', 2, 2)");
    await sql(onSource, 'DELETE FROM keyless WHERE a = 2');
    const keyless = await stopsWith(await lab());
    expect(keyless).toMatchObject({
      what: expect.stringContaining('primary key: none'),
      why: expect.stringContaining("a=2, b='y'"),
    });
    await diverge("INSERT INTO keyless VALUES (2, 'y')");
    await catchUp(await lab());
    await expectEqual(await lab());
  });

  test('in a large transaction that is streamed', async () => {
    const { onSource } = await lab();
    await diverge('DELETE FROM keyed WHERE id = 3');
    await sql(
      onSource,
      'BEGIN',
      `INSERT INTO keyed WITH RECURSIVE s (n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM s WHERE n < 1000) SELECT n, REPEAT('p', 20), n FROM s`,
      'DELETE FROM keyed WHERE id = 3',
      'COMMIT',
    );
    const error = await stopsWith(await lab(), { budgetBytes: 16 * 1024 });
    expect(error).toMatchObject({
      code: 'TR_APPLY_CONFLICT',
      why: expect.stringContaining("Can't find record in 'keyed'"),
    });
    expect(await textOf('SELECT COUNT(*) AS n FROM d.keyed')).toBe('[{"n":"2"}]');
    await diverge("INSERT INTO keyed VALUES (3, 'three', 3)");
    await catchUp(await lab(), { budgetBytes: 16 * 1024 });
    await expectEqual(await lab());
  });
});

describe('onConflict', () => {
  const changes = [
    'BEGIN',
    "INSERT INTO keyed VALUES (20, 'first', 20)",
    "UPDATE keyed SET v = 'changed' WHERE id = 2",
    "INSERT INTO keyed VALUES (21, 'last', 21)",
    'COMMIT',
    "INSERT INTO keyed VALUES (50, 'of the source', 50), (51, 'next', 51)",
    'DELETE FROM keyed WHERE id = 3',
    "INSERT INTO keyed VALUES (52, 'behind', 52)",
  ];
  const divergence = [
    'DELETE FROM keyed WHERE id IN (2, 3)',
    "INSERT INTO keyed VALUES (50, 'of the replica', 50)",
  ];

  async function run(policy: LinkSettings['onConflict']) {
    const { onSource, onReplica } = await lab();
    await sql(onSource, 'USE d');
    await diverge(...divergence);
    await sql(onSource, ...changes);
    const { report, logged } = await catchUp(await lab(), { onConflict: policy });
    expect(report.conflicts).toBe(3);
    const warnings = logged.filter((line) => line['policy'] === policy);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toMatchObject({
      table: '`d`.`keyed`',
      key: 'id',
      change: expect.stringContaining("v='changed'"),
    });
    // All of it is applied and recorded: the transaction's other rows, too.
    expect(await gtidExecuted(onReplica)).toBe(await gtidExecuted(onSource));
    expect((await catchUp(await lab())).report.transactions).toBe(0);
  }

  test('overwrite: the replica then has what the source has', async () => {
    await run('overwrite');
    await expectEqual(await lab());
  });

  test('skip: the replica keeps its own row, and gets every other', async () => {
    await run('skip');
    expect(await textOf('SELECT id, v FROM d.keyed WHERE id <> 1 ORDER BY id')).toBe(
      JSON.stringify([
        { id: 20, v: 'first' },
        { id: 21, v: 'last' },
        { id: 50, v: 'of the replica' },
        { id: 51, v: 'next' },
        { id: 52, v: 'behind' },
      ]),
    );
  });

  test('overwrite takes a unique value away from the row that wrongly has it', async () => {
    const { onSource } = await lab();
    await diverge("INSERT INTO keyed VALUES (60, 'in the way', 70)");
    await sql(onSource, "INSERT INTO keyed VALUES (61, 'wants it', 70)");
    const { report } = await catchUp(await lab(), { onConflict: 'overwrite' });
    expect(report.conflicts).toBe(1);
    await expectEqual(await lab());
  });

  test('overwrite keeps what columns of the replica alone hold', async () => {
    const { onSource } = await lab();
    await diverge(
      'ALTER TABLE keyed ADD COLUMN own INT DEFAULT 7',
      'UPDATE keyed SET own = id * 100',
      "INSERT INTO keyed VALUES (60, 'in the way', 70, 6000)",
    );
    // Here the row has what the source gives it, but for a unique value that another row has.
    await sql(onSource, "INSERT INTO keyed VALUES (60, 'new', 71)", 'UPDATE keyed SET u = 72 WHERE id = 60');
    const { report } = await catchUp(await lab(), { onConflict: 'overwrite' });
    expect(report.conflicts).toBe(1);
    expect(await textOf('SELECT v, u, own FROM d.keyed ORDER BY id')).toBe(
      JSON.stringify([
        { v: 'one', u: 1, own: 100 },
        { v: 'two', u: 2, own: 200 },
        { v: 'three', u: 3, own: 300 },
        { v: 'new', u: 72, own: 6000 },
      ]),
    );
    await diverge('UPDATE keyed SET own = 9000 WHERE id = 60', 'UPDATE keyed SET u = 73 WHERE id = 1');
    await sql(onSource, 'UPDATE keyed SET u = 73 WHERE id = 60');
    await catchUp(await lab(), { onConflict: 'overwrite' });
    expect(await textOf('SELECT id, u FROM d.keyed WHERE u = 73')).toBe(JSON.stringify([{ id: 60, u: 73 }]));
    await diverge('ALTER TABLE keyed DROP COLUMN own');
  });

  test('does not hide what the replica refuses for another reason', async () => {
    const { onSource } = await lab();
    await diverge('DROP TABLE named');
    await sql(onSource, 'UPDATE named SET v = 9');
    expect(await stopsWith(await lab(), { onConflict: 'skip' })).toMatchObject({
      code: 'TR_SCHEMA_MISMATCH',
    });
    await diverge(
      'CREATE TABLE named (name VARCHAR(20), part INT, v INT, PRIMARY KEY (name, part))',
      "INSERT INTO named VALUES ('a', 1, 1), ('b', 2, 2)",
    );
    await catchUp(await lab());
  });
});

describe('a plan that fails although the data is right', () => {
  test('is replayed in source order and counted', async () => {
    const servers = await lab();
    await sql(
      servers.onSource,
      'CREATE TABLE places (id INT PRIMARY KEY, place INT)',
      'CREATE TABLE wide (id INT PRIMARY KEY, pad VARCHAR(2000))',
      'INSERT INTO places VALUES (1, 1), (2, 2), (3, 3)',
    );
    const { link, logged } = makeLink(linkSettings(servers));
    const end = new AbortController();
    const running = link.run({ kind: 'forever' }, end.signal);
    const applied = (count: number) =>
      waitFor(() => link.progress().transactions >= count, { what: `${count} transactions` });
    await applied(3);
    // The planner has read the table, and does not know of a key that is made behind its back.
    await diverge('CREATE UNIQUE INDEX by_hand ON places (place)');
    await sql(
      servers.onSource,
      'BEGIN',
      'UPDATE places SET place = NULL WHERE id = 1',
      'UPDATE places SET place = 1 WHERE id = 2',
      'UPDATE places SET place = 2 WHERE id = 1',
      // So much that the plan goes in several statements, of which the first fails.
      `INSERT INTO wide WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 900) SELECT n, REPEAT('w', 2000) FROM s`,
      'COMMIT',
    );
    await applied(4);
    await diverge('DROP INDEX by_hand ON places');
    end.abort();
    const report = await running;
    expect(report).toMatchObject({ fallbacks: 1, conflicts: 0 });
    expect(logged).toContainEqual(
      expect.objectContaining({
        reason: expect.stringMatching(/Duplicate entry .* for key 'places.by_hand'/),
      }),
    );
    await expectEqual(servers);
  });
});

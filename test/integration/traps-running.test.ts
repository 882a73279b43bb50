import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  expectEqual,
  expectLevel,
  gtidExecuted,
  levelAsOneEpoch,
  linkSettings,
  makeLink,
} from '../support/engine-link.js';
import { notDurable, useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab({ sourceSettings: notDurable, replicaSettings: notDurable });

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    'CREATE DATABASE running',
    'USE running',
    'CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)',
    'CREATE TABLE other (id INT PRIMARY KEY, v INT)',
  );
  await expectLevel(await lab());
});

/** Runs `work` while a link follows; the link is stopped once the replica has what the source has. */
async function following(work: () => Promise<void>): Promise<void> {
  const servers = await lab();
  const { link } = makeLink(linkSettings(servers));
  const stop = new AbortController();
  const running = link.run({ kind: 'forever' }, stop.signal);
  try {
    await work();
    const level = async (): Promise<boolean> =>
      (await gtidExecuted(servers.onReplica)) === (await gtidExecuted(servers.onSource));
    await waitFor(level, { what: 'the replica to be level' });
  } finally {
    stop.abort();
    await running;
  }
  await expectEqual(servers);
}

test('trap 9: the logical clock starts again with every file, and plays no part [T9]', async () => {
  await levelAsOneEpoch(
    await lab(),
    {},
    [1, 2, 3].flatMap((round) => [
      'FLUSH BINARY LOGS',
      `INSERT INTO running.other VALUES (1, ${round}), (2, ${round})`,
      'UPDATE running.other SET v = v + 10 WHERE id = 1',
      'DELETE FROM running.other WHERE id = 1',
      'UPDATE running.other SET id = 1 WHERE id = 2',
      'FLUSH BINARY LOGS',
      'DELETE FROM running.other',
    ]),
  );
});

describe('trap 16: session state is lost with a connection [T16]', () => {
  test('lanes that the replica ends are set up again: nothing reaches its own binary log, and every GTID is right', async () => {
    const { onSource, onReplica } = await lab();
    const ownLog = async (): Promise<string[]> => {
      const [row] = await onReplica.query<{ File: string; Position: string }>('SHOW BINARY LOG STATUS');
      return [row?.File ?? '', String(row?.Position)];
    };
    const before = await ownLog();
    await following(async () => {
      for (let round = 0; round < 5; round += 1) {
        await sql(
          onSource,
          'INSERT INTO running.t (v) VALUES (1), (2), (3)',
          'UPDATE running.t SET v = v + 1',
        );
        const sessions = await onReplica.query<{ id: string }>(
          "SELECT PROCESSLIST_ID AS id FROM performance_schema.session_connect_attrs WHERE ATTR_NAME = 'program_name' AND ATTR_VALUE LIKE 'tailrace lane%'",
        );
        for (const { id } of sessions) await onReplica.execute(`KILL ${id}`).catch(() => undefined);
      }
    });
    expect(await ownLog()).toEqual(before);
  });
});

test('trap 17: tables that change right behind their rows are read as they were under those rows [T17]', async () => {
  const { onSource } = await lab();
  await following(async () => {
    for (let round = 0; round < 4; round += 1) {
      await sql(
        onSource,
        'INSERT INTO running.t (v) VALUES (1)',
        `ALTER TABLE running.t ADD COLUMN c${round} INT DEFAULT ${round} FIRST, ALGORITHM = INSTANT`,
        `UPDATE running.t SET c${round} = v`,
        `ALTER TABLE running.t DROP COLUMN c${round}`,
        'UPDATE running.t SET v = v + 1 ORDER BY id DESC LIMIT 2',
        'RENAME TABLE running.t TO running.tmp, running.other TO running.t, running.tmp TO running.other',
        `INSERT INTO running.t (id, v) VALUES (${5000 + round}, 5)`,
        'RENAME TABLE running.t TO running.tmp, running.other TO running.t, running.tmp TO running.other',
      );
    }
  });
});

test('trap 19: what tailrace writes for itself makes no GTID [T19]', async () => {
  const { onSource, onReplica } = await lab();
  await sql(onSource, 'INSERT INTO running.t (v) VALUES (7)');
  await expectLevel(await lab());
  expect(await sqlValue(onReplica, 'SELECT COUNT(*) > 0 FROM tailrace.checkpoint')).toBe('1');
  const own = await sqlValue(onReplica, 'SELECT @@GLOBAL.server_uuid');
  expect(await gtidExecuted(onReplica)).not.toContain(String(own));
  expect(await gtidExecuted(onReplica)).toBe(await gtidExecuted(onSource));
});

import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { TailraceError } from '../../src/errors/tailrace-error.js';
import type { LinkSettings } from '../../src/link/link-settings.js';
import type { BinlogPosition } from '../../src/binlog/binlog-position.js';
import { preflight } from '../../src/preflight/preflight.js';
import { catchUp, expectEqual, linkSettings, sourceEnd, stopsWith } from '../support/engine-link.js';
import { type TestLab, useLab } from '../support/lab.js';
import { backUp, type LogicalBackup, restore } from '../support/logical-backup.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const useServers = useLab({ gtid: false });
let lab: TestLab;
/** Where each test's link begins, with both servers equal. */
let began: BinlogPosition;
/** The replica as a backup tool saw it, and where it then stood. */
let backup: LogicalBackup;
let noted: BinlogPosition;
let next = 100;
let links = 0;
let name: string;

const insert = (count: number): string[] =>
  Array.from({ length: count }, () => `INSERT INTO d.k VALUES (${next++})`);
const level = (changes: Partial<LinkSettings> = {}): Promise<unknown> => catchUp(lab, { name, ...changes });
const refused = (changes: Partial<LinkSettings> = {}): Promise<TailraceError> =>
  stopsWith(lab, { name, ...changes });
const checked = async (changes: Partial<LinkSettings> = {}): Promise<string[]> => {
  const problems = await preflight(linkSettings(lab, { name, ...changes }), { handoffNative: false });
  return problems.map(({ code }) => code).filter((code) => code !== 'TR_NATIVE_STARTS_ITSELF');
};

beforeAll(async () => {
  lab = await useServers();
  // Rows of a table without a key can be applied twice, and nobody complains.
  await sql(lab.onSource, 'CREATE DATABASE d', 'CREATE TABLE d.k (v INT)');
  await sql(lab.onReplica, 'CREATE DATABASE d', 'CREATE TABLE d.k (v INT)');
});

beforeEach(async () => {
  name = `link-${links++}`;
  began = await sourceEnd(lab);
  await sql(lab.onSource, ...insert(3));
  await level({ from: began });
  backup = await backUp(lab.onReplica, ['d']);
  noted = await sourceEnd(lab);
  await sql(lab.onSource, ...insert(30));
});

async function forget(error: TailraceError): Promise<void> {
  const statements = /SET sql_log_bin=0; .*?tailrace\.link WHERE [^;]*;/.exec(error.cure)?.[0] ?? '';
  for (const statement of statements.split(';').filter((part) => part.trim() !== '')) {
    await sql(lab.onReplica, statement);
  }
  await sql(lab.onReplica, 'SET sql_log_bin=1');
}

async function nextSecond(): Promise<void> {
  const written = Number(await sqlValue(lab.onReplica, 'SELECT MAX(written_at) FROM tailrace.checkpoint'));
  await waitFor(async () => Number(await sqlValue(lab.onReplica, 'SELECT UNIX_TIMESTAMP()')) > written + 1, {
    what: 'the next second',
  });
}

test('--from of a restore contradicts the checkpoint: refused, with the way on [P37]', async () => {
  await level();
  await restore(lab.onReplica, backup);
  const error = await refused({ from: noted });
  expect(error).toMatchObject({ code: 'TR_POSITION_CONFLICT' });
  expect(await checked({ from: noted })).toContain('TR_POSITION_CONFLICT');
  await forget(error);
  await level({ from: noted });
  await expectEqual(lab);
});

test('the same --from again goes on from the checkpoint [P37]', async () => {
  await level({ from: began });
  await sql(lab.onSource, ...insert(2));
  expect(await checked({ from: began })).toEqual([]);
  await level({ from: began });
  await expectEqual(lab);
});

test('a replica whose tables are all younger than the checkpoint is refused, and --from confirms it [P37]', async () => {
  await level();
  await nextSecond();
  await restore(lab.onReplica, backup);
  const error = await refused();
  expect(error).toMatchObject({ code: 'TR_CHECKPOINT_STALE' });
  // The position that the link began with is no excuse.
  expect(await refused({ from: began })).toMatchObject({ code: 'TR_CHECKPOINT_STALE' });
  expect(await checked()).toEqual(['TR_CHECKPOINT_STALE']);
  await forget(error);
  await level({ from: noted });
  await expectEqual(lab);
  await nextSecond();
  await sql(lab.onReplica, 'ALTER TABLE d.k ENGINE=InnoDB');
  const rebuilt = await refused();
  expect(rebuilt).toMatchObject({ code: 'TR_CHECKPOINT_STALE' });
  const [, file = '', offset = ''] = /start once with --from (\S+):(\d+)/.exec(rebuilt.cure) ?? [];
  await sql(lab.onSource, ...insert(2));
  await level({ from: { file, offset: Number(offset) } });
  await level();
  await expectEqual(lab);
});

test('a dump that brings schema tailrace along starts right', async () => {
  await level();
  const dump = await backUp(lab.onReplica, ['d', 'tailrace']);
  await sql(lab.onSource, ...insert(4));
  await level();
  await nextSecond();
  await restore(lab.onReplica, dump);
  await level();
  await expectEqual(lab);
});

test('tables that the source creates, truncates and dates ahead are of the same life', async () => {
  await level();
  await sql(
    lab.onSource,
    `SET TIMESTAMP = UNIX_TIMESTAMP() + 3600`,
    'TRUNCATE TABLE d.k',
    'SET TIMESTAMP = DEFAULT',
  );
  await level();
  await sql(lab.onSource, ...insert(2));
  await level();
  await expectEqual(lab);
});

test('native replication that was set to an older place is no longer passed over [P37]', async () => {
  const native = (at: BinlogPosition): string =>
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=${lab.source.address.port}, ` +
    `SOURCE_USER='${lab.source.address.user}', SOURCE_PASSWORD='${lab.source.address.password}', ` +
    `SOURCE_LOG_FILE='${at.file}', SOURCE_LOG_POS=${at.offset}, GET_SOURCE_PUBLIC_KEY=1`;
  const runs = async (): Promise<void> => {
    await sql(lab.onReplica, 'START REPLICA');
    await waitFor(
      async () => {
        const [status] = await lab.onReplica.query<Record<string, string>>('SHOW REPLICA STATUS');
        const end = await sourceEnd(lab);
        return status?.['Exec_Source_Log_Pos'] === String(end.offset) && status['Source_UUID'] !== '';
      },
      { what: 'native replication to be level' },
    );
    await sql(lab.onReplica, 'STOP REPLICA');
  };
  try {
    // Native replication goes on from the checkpoint, and tailrace from native replication.
    await sql(lab.onReplica, native(noted));
    await runs();
    await level();
    await sql(lab.onSource, ...insert(5));
    await level();
    await expectEqual(lab);
    // Back to what it was, with no table created again.
    const old = backup.tables[0]!.rows.map((row) => `(${String(row['v'])})`);
    await sql(lab.onReplica, 'DELETE FROM d.k', `INSERT INTO d.k VALUES ${old.join()}`);
    await sql(lab.onReplica, native(noted));
    const error = await refused();
    expect(error).toMatchObject({ code: 'TR_POSITION_CONFLICT' });
    expect(await checked()).toEqual(['TR_POSITION_CONFLICT']);
    await forget(error);
    await level();
    await expectEqual(lab);
  } finally {
    await sql(lab.onReplica, 'STOP REPLICA', 'RESET REPLICA ALL');
  }
});

test('a checkpoint of the version before is read; a --from that it does not know is refused', async () => {
  await level();
  await sql(
    lab.onReplica,
    'ALTER TABLE tailrace.checkpoint DROP COLUMN known_gtid, DROP COLUMN written_at',
    'ALTER TABLE tailrace.link DROP COLUMN from_file, DROP COLUMN from_offset, DROP COLUMN native_file, DROP COLUMN native_offset',
  );
  expect(await refused({ from: began })).toMatchObject({ code: 'TR_POSITION_CONFLICT' });
  expect(await checked()).toEqual([]);
  await sql(lab.onSource, ...insert(2));
  await level();
  await expectEqual(lab);
});

import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { BinlogPosition } from '../../src/binlog/binlog-position.js';
import { catchUp, expectEqual, sourceEnd, stopsWith } from '../support/engine-link.js';
import { type TestLab, useLab } from '../support/lab.js';
import { skip, skippedRows, toSkip } from '../support/skip-run.js';
import { sql } from '../support/sql.js';

const useServers = useLab({ gtid: false });
let lab: TestLab;

beforeAll(async () => {
  lab = await useServers();
  const from = await sourceEnd(lab);
  await sql(lab.onSource, 'CREATE DATABASE d', 'CREATE TABLE d.t (id INT PRIMARY KEY, v INT)');
  await catchUp(lab, { from });
});

beforeEach(async () => {
  await sql(lab.onSource, 'TRUNCATE TABLE d.t', 'INSERT INTO d.t VALUES (1, 1)');
  await catchUp(lab);
});

const text = ({ file, offset }: BinlogPosition): string => `${file}:${offset}`;

test('a statement that the replica refuses is left out once, and never again [P42]', async () => {
  await sql(lab.onReplica, 'CREATE TABLE d.there (id INT PRIMARY KEY)');
  const at = await sourceEnd(lab);
  await sql(
    lab.onSource,
    'CREATE TABLE d.there (id INT PRIMARY KEY)',
    'INSERT INTO d.there VALUES (7)',
    'INSERT INTO d.t VALUES (3, 3)',
  );
  const end = await sourceEnd(lab);
  const error = await stopsWith(lab);
  expect(error).toMatchObject({ code: 'TR_STATEMENT_FAILED' });
  expect(toSkip(error)).toBe(text(at));

  const shown = await skip(lab, text(at));
  expect(shown).toMatchObject({ code: 0 });
  expect(shown.stdout).toContain(`The transaction at ${text(at)}`);
  expect(shown.stdout).toContain('CREATE TABLE d.there');
  expect(await stopsWith(lab)).toMatchObject({ code: 'TR_STATEMENT_FAILED' });

  for (const [position, words] of [
    [end, `is not the next transaction of the link: that is ${text(at)}`],
    [{ ...at, offset: at.offset - 1 }, 'already past'],
  ] as const) {
    const ended = await skip(lab, text(position), '--yes');
    expect(ended.stderr).toContain(words);
    expect(ended.code).toBe(3);
  }
  expect(await skip(lab, text(at), '--yes')).toMatchObject({ code: 0 });
  const again = await skip(lab, text(at), '--yes');
  expect(again).toMatchObject({ code: 3 });
  expect(again.stderr).toContain('already');
  await catchUp(lab);
  await expectEqual(lab);
  expect(await skippedRows(lab)).toMatchObject([
    { link: 'tested', gtid: null, file: at.file, start_offset: String(at.offset) },
  ]);
  await sql(lab.onSource, 'INSERT INTO d.t VALUES (4, 4)');
  await catchUp(lab);
  await expectEqual(lab);
});

test('rows that do not fit are left out; others of the same epoch are not', async () => {
  await sql(lab.onReplica, 'DELETE FROM d.t WHERE id = 1');
  await sql(lab.onSource, 'INSERT INTO d.t VALUES (10, 1)');
  const at = await sourceEnd(lab);
  await sql(lab.onSource, 'UPDATE d.t SET v = 5 WHERE id = 1', 'INSERT INTO d.t VALUES (11, 1)');
  const error = await stopsWith(lab);
  expect(error).toMatchObject({ code: 'TR_APPLY_CONFLICT' });
  expect(toSkip(error)).toBe(text(at));
  const { stdout, code } = await skip(lab, toSkip(error), '--yes');
  expect(code).toBe(0);
  expect(stdout).toContain('`d`.`t`: 1 row updated');
  await catchUp(lab);
  expect(await lab.onReplica.query('SELECT * FROM d.t ORDER BY id')).toEqual([
    { id: 10, v: 1 },
    { id: 11, v: 1 },
  ]);
});

test.each([1, 4])(
  'a table that is not there, with changes of others around it, %d lanes [P42]',
  async (lanes) => {
    await sql(lab.onSource, `CREATE TABLE d.gone_${lanes} (id INT PRIMARY KEY)`);
    await catchUp(lab);
    await sql(lab.onReplica, `DROP TABLE d.gone_${lanes}`);
    await sql(
      lab.onSource,
      ...[20, 21, 22].map((id) => `INSERT INTO d.t VALUES (${id}, 0)`),
      `INSERT INTO d.gone_${lanes} VALUES (1)`,
      'INSERT INTO d.t VALUES (23, 0)',
      `DROP TABLE d.gone_${lanes}`,
    );
    const error = await stopsWith(lab, { lanes });
    expect(error).toMatchObject({ code: 'TR_SCHEMA_MISMATCH' });
    expect(await skip(lab, toSkip(error), '--yes')).toMatchObject({ code: 0 });
    const dropped = await stopsWith(lab, { lanes });
    expect(dropped).toMatchObject({ code: 'TR_STATEMENT_FAILED' });
    expect(await skip(lab, toSkip(dropped), '--yes')).toMatchObject({ code: 0 });
    await catchUp(lab, { lanes });
    await expectEqual(lab);
  },
);

test('nothing waits: refused', async () => {
  const ended = await skip(lab, text(await sourceEnd(lab)), '--yes');
  expect(ended.code).toBe(3);
  expect(ended.stderr).toContain('no transaction after');
});

import { describe, expect, test } from '@jest/globals';
import { catchUp, sourceEnd, stopsWith } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { skip, skippedRows, toSkip } from '../support/skip-run.js';
import { sql } from '../support/sql.js';

const sources = [
  ['MariaDB', useLab({ sourceFlavour: 'mariadb', gtid: false })],
  ['MySQL 5.6', useLab({ sourceFlavour: 'mysql56', gtid: false })],
] as const;

describe.each(sources)('tailrace skip of what %s has logged', (_, useServers) => {
  test('a statement, rows, and what comes behind them', async () => {
    const lab = await useServers();
    const from = await sourceEnd(lab);
    await sql(
      lab.onSource,
      'CREATE DATABASE d DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
      'CREATE TABLE d.t (id INT PRIMARY KEY, v INT) ENGINE=InnoDB',
      'INSERT INTO d.t VALUES (1, 1)',
    );
    await catchUp(lab, { from });
    await sql(lab.onReplica, 'CREATE TABLE d.there (id INT PRIMARY KEY)', 'DELETE FROM d.t');
    await sql(
      lab.onSource,
      'CREATE TABLE d.there (id INT PRIMARY KEY) ENGINE=InnoDB',
      'INSERT INTO d.there VALUES (7)',
      'UPDATE d.t SET v = 2',
      'INSERT INTO d.t VALUES (3, 3)',
    );
    for (const code of ['TR_STATEMENT_FAILED', 'TR_APPLY_CONFLICT']) {
      const error = await stopsWith(lab);
      expect(error).toMatchObject({ code });
      expect(await skip(lab, toSkip(error), '--yes')).toMatchObject({ code: 0 });
    }
    await catchUp(lab);
    expect(await lab.onReplica.query('SELECT id FROM d.there')).toEqual([{ id: 7 }]);
    expect(await lab.onReplica.query('SELECT id FROM d.t ORDER BY id')).toEqual([{ id: 3 }]);
    expect(await skippedRows(lab)).toMatchObject([
      { contents: { kind: 'statement' } },
      { contents: { kind: 'rows', tables: [{ table: '`d`.`t`', updated: 1 }] } },
    ]);
  });
});

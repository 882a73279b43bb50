import { describe, expect, test } from '@jest/globals';
import { useFaultLab } from '../support/fault-lab.js';
import { sql, sqlValue } from '../support/sql.js';

/** The log of an old source holds the definition and the rows as one transaction, whatever the engine. */
describe('a table that is created and filled, from MySQL 5.6', () => {
  const useServers = useFaultLab({ sourceFlavour: 'mysql56', gtid: false, workload: false });
  let number = 0;

  const created = async (): Promise<string> => {
    const lab = await useServers();
    const name = `made_${++number}.t`;
    await sql(
      lab.source,
      `CREATE DATABASE made_${number}`,
      `CREATE TABLE ${name} ENGINE=MyISAM SELECT 1 AS id UNION SELECT 2 UNION SELECT 3`,
      `INSERT INTO ${name} VALUES (4)`,
    );
    return name;
  };

  const expectWhole = async (name: string): Promise<void> => {
    const lab = await useServers();
    await lab.catchUp();
    await lab.expectEqual();
    expect(await sqlValue(lab.replica, `SELECT GROUP_CONCAT(id ORDER BY id) FROM ${name}`)).toBe('1,2,3,4');
  };

  test.each([
    ['created-not-filled', 'created-not-filled:1', 'created-not-filled:1'],
    ['filled-not-recorded', 'filled-not-recorded:1', 'filled-not-recorded:1'],
    ['after-intent', 'after-intent:2', 'after-intent:1'],
  ])('killed at %s [P1]', async (_, ...failpoints) => {
    const lab = await useServers();
    const name = await created();
    for (const failpoint of failpoints) await lab.dieAt(failpoint);
    await expectWhole(name);
  });

  test('the replica is killed together with tailrace', async () => {
    const lab = await useServers();
    const name = await created();
    await lab.dieAt('created-not-filled:1');
    await lab.replica.kill();
    await lab.replica.restart();
    await expectWhole(name);
  });

  test('a table of that name that was there before is not dropped', async () => {
    const lab = await useServers();
    const name = `made_${number + 1}.t`;
    await sql(
      lab.replica,
      'SET sql_log_bin = 0',
      `CREATE DATABASE made_${number + 1}`,
      `CREATE TABLE ${name} (id BIGINT) ENGINE=MyISAM`,
      `INSERT INTO ${name} VALUES (7)`,
    );
    await sql(
      lab.source,
      `CREATE DATABASE IF NOT EXISTS made_${number + 1}`,
      `CREATE TABLE ${name} ENGINE=MyISAM SELECT 1 AS id`,
    );
    expect(await lab.start('catchup').end()).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('TR_STATEMENT_FAILED'),
    });
    expect(await sqlValue(lab.replica, `SELECT GROUP_CONCAT(id) FROM ${name}`)).toBe('7');
  });
});

import { expect, test } from '@jest/globals';
import { preflight } from '../../src/preflight/preflight.js';
import { gtidExecuted, linkSettings } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';

const useServers = useLab();

test('an init_connect that writes is named, and its cure ends it; one that only sets is none', async () => {
  const lab = await useServers();
  const address = { ...lab.replica.address, user: 'tailrace', password: 'secret' };
  const check = async (): Promise<{ code: string; cure: string; why?: string }[]> =>
    preflight(linkSettings(lab, { replica: address }), { handoffNative: false });
  await sql(
    lab.onReplica,
    'SET sql_log_bin=0',
    'CREATE DATABASE audit',
    'CREATE TABLE audit.l (at DATETIME, u VARCHAR(80))',
    "CREATE USER tailrace@'%' IDENTIFIED BY 'secret'",
    "GRANT ALL ON *.* TO tailrace@'%' WITH GRANT OPTION",
    "REVOKE CONNECTION_ADMIN, SUPER ON *.* FROM tailrace@'%'",
    'SET GLOBAL log_bin_trust_function_creators = ON',
    "SET GLOBAL init_connect='SET NAMES latin1'",
  );
  expect(await check()).toEqual([]);
  // What the text does not tell is tried.
  await sql(lab.onReplica, "SET GLOBAL init_connect='DO ABS(1)'");
  expect(await check()).toEqual([]);

  await sql(lab.onReplica, "SET GLOBAL init_connect='SET @a=1; INSERT INTO audit.l VALUES (NOW(), USER())'");
  const problems = await check();
  const named = problems.find(({ code }) => code === 'TR_REPLICA_INIT_CONNECT');
  expect(named?.cure).toContain('GRANT CONNECTION_ADMIN');
  for (const statement of named!.cure.split(';').filter((part) => part.trim() !== '')) {
    await sql(lab.onReplica, statement);
  }
  const after = await check();
  expect(after).toMatchObject([
    { code: 'TR_GTID_ERRANT', why: expect.stringContaining('init_connect') as unknown },
  ]);
  const executed = await gtidExecuted(lab.onReplica);
  // Each of them at once, and none comes after.
  const cure = after[0]!.cure.slice(after[0]!.cure.indexOf('SET GTID_NEXT'));
  for (const statement of cure.split(';').filter((part) => part.trim() !== '')) {
    await sql(lab.onSource, statement);
  }
  expect(await check()).toEqual([]);
  expect(await gtidExecuted(lab.onReplica)).toBe(executed);
});

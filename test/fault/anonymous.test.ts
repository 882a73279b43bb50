import { expect, test } from '@jest/globals';
import { useFaultLab } from '../support/fault-lab.js';
import { sql } from '../support/sql.js';

const useServers = useFaultLab({ gtid: false });
const tables = ['a', 'b', 'c'];
const names = ['ANONYMOUS', 'AUTOMATIC'];

test('an epoch of anonymous transactions and others, broken while GTIDs are being switched on, is completed whole [P1]', async () => {
  const lab = await useServers();
  await sql(
    lab.source,
    'SET GLOBAL enforce_gtid_consistency = ON',
    'SET GLOBAL gtid_mode = OFF_PERMISSIVE',
    'SET GLOBAL gtid_mode = ON_PERMISSIVE',
    'CREATE DATABASE half',
    ...tables.map((table) => `CREATE TABLE half.${table} (id INT PRIMARY KEY, v INT)`),
    'CREATE TABLE half.keyless (v INT)',
  );
  await lab.catchUp();
  const rows = 'WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 100) SELECT n +';
  const statements = Array.from({ length: 48 }, (_, i) => [
    `SET GTID_NEXT = '${names[(i >> 1) % 2]}'`,
    `INSERT INTO half.${i % 4 === 3 ? 'keyless (v)' : `${tables[i % 4]} (id)`} ${rows} ${i * 1000} FROM s`,
  ]);
  await sql(lab.source, ...statements.flat());
  for (const failpoint of ['between-commits:1', 'before-lane-zero-commit:1', 'during-recovery:1']) {
    await lab.dieAt(failpoint);
  }
  expect(await lab.catchUp()).toMatchObject({ conflicts: 0 });
  await lab.expectEqual();
});

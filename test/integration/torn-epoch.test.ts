import { expect, test } from '@jest/globals';
import { expectEqual, gtidExecuted } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { type Ended, TailraceProcess, urlOf } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

const useServers = useLab({ replicas: 3 });
const tables = [0, 1, 2, 3];

/** Each of two tables, so that an epoch of any number of these takes more than one lane. */
function fill(table: number): string[] {
  const rows = (from: number): string =>
    Array.from({ length: 2000 }, (_, id) => `(${from + id}, ${table})`).join();
  return [
    'BEGIN',
    `INSERT INTO d.t${table} VALUES ${rows(0)}`,
    `INSERT INTO d.t${(table + 1) % tables.length} VALUES ${rows(10_000)}`,
    'COMMIT',
  ];
}

test('an epoch that a crash tore is completed by another server that has its transactions, in any order [P39]', async () => {
  const lab = await useServers();
  const [replica, other, lacking] = lab.replicas as [
    (typeof lab.replicas)[0],
    (typeof lab.replicas)[0],
    (typeof lab.replicas)[0],
  ];
  const [onOther, onLacking] = await Promise.all([other.connect(), lacking.connect()]);
  const run = (from: typeof replica, env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    new TailraceProcess(['catchup', '--name', 'torn', '--partition', 'table'], {
      TAILRACE_SOURCE_URL: urlOf(from.address),
      TAILRACE_REPLICA_URL: urlOf(replica.address),
      ...env,
    }).end();
  try {
    const schema = [
      'CREATE DATABASE d',
      ...tables.map((table) => `CREATE TABLE d.t${table} (id INT PRIMARY KEY, v INT)`),
    ];
    await sql(lab.onSource, ...schema);
    expect(await run(lab.source)).toMatchObject({ code: 0 });
    const before = String(await gtidExecuted(lab.onSource));
    const uuid = before.slice(0, 36);
    const count = Number(/-(\d+)$/.exec(before)?.[1]);
    for (const connection of [onOther, onLacking]) {
      await sql(connection, 'SET sql_log_bin=0', ...schema, 'SET sql_log_bin=1');
      await sql(connection, `SET GLOBAL gtid_purged='${before}'`);
    }
    await sql(lab.onSource, ...tables.flatMap(fill));
    await run(lab.source, { TAILRACE_FAILPOINT: 'between-commits' });
    await waitFor(
      async () =>
        (await sqlValue(
          lab.onReplica,
          "SELECT COUNT(*) FROM performance_schema.session_connect_attrs WHERE ATTR_VALUE LIKE 'tailrace control%'",
        )) === '0',
      { what: 'the session of the dead process to end' },
    );
    // The source is lost. Another server has all, from the last to the first, and things of its own in between.
    const as = async (connection: typeof onOther, table: number): Promise<void> =>
      sql(
        connection,
        `SET GTID_NEXT='${uuid}:${count + 1 + table}'`,
        ...fill(table),
        "SET GTID_NEXT='AUTOMATIC'",
      );
    await as(onOther, 3);
    await as(onOther, 1);
    await sql(onOther, 'CREATE TABLE d.own (id INT PRIMARY KEY)', 'INSERT INTO d.own VALUES (1)');
    await as(onOther, 2);
    await as(onOther, 0);
    const refused = await run(lacking);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('half applied');
    expect(refused.stderr).toMatch(new RegExp(`does not have ${uuid}:`));
    expect(await run(other)).toMatchObject({ code: 0 });
    await expectEqual({ ...lab, source: other, onSource: onOther });
  } finally {
    await Promise.all([onOther.close(), onLacking.close()]);
  }
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LabTopology, startLabTopology } from '../../src/lab/lab-topology.js';
import { readNativeReplication } from '../../src/mysql/native-replication.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { compareServers } from '../../src/verify/compare-servers.js';
import { tailrace, urlOf } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

let lab: LabTopology;
let source: ServerConnection;
let replica: ServerConnection;

beforeAll(async () => {
  lab = await startLabTopology({ gtid: false });
  source = await lab.source.connect();
  replica = await lab.replicas[0]!.connect();
});

afterAll(async () => {
  await Promise.all([source?.close(), replica?.close()]);
  await lab?.stop();
});

test('without GTIDs, catchup --handoff native hands over by file and position [P11]', async () => {
  const [start] = await source.query<{ File: string; Position: string | number }>('SHOW BINARY LOG STATUS');
  const { host, port, user, password } = lab.source.address;
  await replica.execute(
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = ?, SOURCE_PORT = ?, SOURCE_USER = ?, SOURCE_PASSWORD = ?,
       SOURCE_LOG_FILE = ?, SOURCE_LOG_POS = ?, GET_SOURCE_PUBLIC_KEY = 1`,
    [host, port, user, password, start!.File, Number(start!.Position)],
  );
  await replica.execute('START REPLICA');
  await source.execute('CREATE DATABASE shop');
  await source.execute('CREATE TABLE shop.items (id INT PRIMARY KEY, name VARCHAR(40))');
  await waitFor(
    async () => (await replica.query("SHOW TABLES FROM shop LIKE 'items'").catch(() => [])).length === 1,
    {
      what: 'the table by native replication',
    },
  );
  await replica.execute('STOP REPLICA SQL_THREAD');
  for (let id = 1; id <= 300; id += 1)
    await source.execute('INSERT INTO shop.items VALUES (?, ?)', [id, `item ${id}`]);

  const env = {
    TAILRACE_SOURCE_URL: urlOf(lab.source.address),
    TAILRACE_REPLICA_URL: urlOf(lab.replicas[0]!.address),
  };
  const { code, stdout, stderr } = await tailrace(['catchup', '--handoff', 'native', '--json'], env);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(JSON.parse(stdout)).toMatchObject({
    level: true,
    transactions: 300,
    gtid_executed: '',
    handoff: { by: 'position', running: true },
  });
  expect(await readNativeReplication(replica)).toMatchObject({
    io: 'running',
    sql: 'running',
    autoPosition: false,
  });

  await source.execute("INSERT INTO shop.items VALUES (301, 'by native replication')");
  await waitFor(async () => (await replica.query('SELECT 1 FROM shop.items WHERE id = 301')).length === 1, {
    what: 'the row by native replication',
  });
  expect(await compareServers(source, replica)).toEqual([]);

  // Native replication has gone on since: the checkpoint of the first catch-up is old by now.
  await replica.execute('STOP REPLICA SQL_THREAD');
  await source.execute("INSERT INTO shop.items VALUES (302, 'by the second catch-up')");
  const second = await tailrace(['catchup', '--handoff', 'native', '--json'], env);
  expect({ code: second.code, stderr: second.stderr }).toMatchObject({ code: 0 });
  expect(await compareServers(source, replica)).toEqual([]);
});

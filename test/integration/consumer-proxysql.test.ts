import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LabServer } from '../../src/lab/lab-server.js';
import { codeBlock } from '../support/consumer-page.js';
import { gtidExecuted } from '../support/engine-link.js';
import { GtidReaderClient } from '../support/gtid-reader-client.js';
import { useLab } from '../support/lab.js';
import { PageDaemon } from '../support/page-daemon.js';
import { ptHeartbeatCheck } from '../support/pt-heartbeat.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab({ replicas: 2 });
const heartbeat = { schema: 'tailrace', table: 'heartbeat', sourceServerId: 1 };
/** ProxySQL's own words (MySQL_Monitor), for a server of which it monitors the heartbeat. */
const proxysqlLag =
  'SELECT MAX(ROUND(TIMESTAMPDIFF(MICROSECOND, ts, SYSDATE(6))/1000000)) AS Seconds_Behind_Master FROM tailrace.heartbeat';
let daemon: PageDaemon;

const lagOf = async (server: LabServer): Promise<number> => Number(await sqlValue(server, proxysqlLag));

async function isSubset(server: LabServer, gtids: string, of: string): Promise<boolean> {
  return Number(await sqlValue(server, `SELECT GTID_SUBSET('${gtids}', '${of}')`)) === 1;
}

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(onSource, 'CREATE DATABASE p', 'CREATE TABLE p.t (id INT PRIMARY KEY)');
  const ports = ['127.0.0.1:6020', '127.0.0.1:6021', '127.0.0.1:9180'];
  daemon = await PageDaemon.start(await lab(), codeBlock('proxysql.md', 'yaml'), ports);
  await daemon.serves();
});
afterAll(() => daemon?.stop());

describe('what ProxySQL is told, with the configuration of its page', () => {
  test('GTIDs are reported when they are applied on that replica, and no sooner [P27]', async () => {
    const { source, replica, replicas, onSource, onReplica } = await lab();
    const [db2, db3] = ['db2', 'db3'].map((id) => new GtidReaderClient(daemon.gtidReaderPorts[id]!)) as [
      GtidReaderClient,
      GtidReaderClient,
    ];
    const tells = async (client: GtidReaderClient): Promise<boolean> => {
      if (client.failure !== null) throw client.failure;
      return isSubset(source, await gtidExecuted(onSource), client.executed);
    };
    for (let id = 1; id <= 20; id += 1) {
      await sql(onSource, `INSERT INTO p.t VALUES (${id})`);
      await waitFor(() => tells(db2), { what: 'db2 to be told of' });
      expect(await sqlValue(onReplica, `SELECT COUNT(*) FROM p.t WHERE id=${id}`)).toBe('1');
    }
    await onReplica.execute('LOCK TABLES p.t READ');
    try {
      await sql(onSource, 'INSERT INTO p.t VALUES (21)');
      // db3 has it, db2 has received it and waits for the lock.
      await waitFor(() => tells(db3), { what: 'db3 to be told of' });
      expect(await tells(db2)).toBe(false);
      expect(await isSubset(replica, db2.executed, await gtidExecuted(onReplica))).toBe(true);
    } finally {
      await onReplica.execute('UNLOCK TABLES');
    }
    await waitFor(() => tells(db2), { what: 'db2 to be told of again' });
    await replicas[1]!.shutDown();
    await waitFor(() => db3.ended, { what: 'the reader of a replica that is gone to be sent away' });
    await replicas[1]!.restart();
    await daemon.serves();
    for (const client of [db2, db3]) client.socket.destroy();
  });

  test('the heartbeat tells the age of the data: small while level and idle, growing while it stands still [P28]', async () => {
    const { source, replica, onSource, onReplica } = await lab();
    const isLevel = async (): Promise<boolean> => (await lagOf(replica)) <= 2;
    await waitFor(isLevel, { what: 'a level replica' });
    expect(await ptHeartbeatCheck(replica.address, heartbeat)).toBeLessThan(10);
    await onReplica.execute('LOCK TABLES p.t READ');
    try {
      const began = Date.now();
      await sql(onSource, 'INSERT INTO p.t VALUES (100)');
      const hasGrown = async (): Promise<boolean> => (await lagOf(replica)) >= 6;
      await waitFor(hasGrown, { what: 'lag' });
      // As old as what waits: not more than the time since it was to be committed, with a second for rounding and the clock.
      expect(await lagOf(replica)).toBeLessThanOrEqual((Date.now() - began) / 1_000 + 1);
      expect(await ptHeartbeatCheck(replica.address, heartbeat)).toBeGreaterThanOrEqual(5);
      // The other one is level meanwhile.
      const other = (await lab()).replicas[1]!;
      await waitFor(async () => (await lagOf(other)) <= 2, { what: 'the other one to be level' });
    } finally {
      await onReplica.execute('UNLOCK TABLES');
    }
    await waitFor(isLevel, { what: 'a level replica again' });
    // Nothing of it has a GTID of its own.
    expect(await isSubset(source, await gtidExecuted(onReplica), await gtidExecuted(onSource))).toBe(true);
    expect(
      await sqlValue(onSource, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_NAME='heartbeat'"),
    ).toBe('0');
    daemon.process.signal('SIGTERM');
    await daemon.process.end();
    const [before, after] = [await lagOf(replica), 4];
    await waitFor(async () => (await lagOf(replica)) >= before + after, {
      what: 'lag to grow without tailrace',
    });
  });
});

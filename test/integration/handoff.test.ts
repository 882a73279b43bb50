import { beforeAll, describe, expect, test } from '@jest/globals';
import { readNativeReplication } from '../../src/mysql/native-replication.js';
import { startNativeReplication } from '../../tools/lab/native-replication.js';
import { expectEqual, gtidExecuted, sourceEnd } from '../support/engine-link.js';
import { type TestLab, useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { tailrace, urlOf } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

describe.each([{ gtid: true }, { gtid: false }])(
  'hand-over to native replication while the source is written, GTIDs on: $gtid',
  ({ gtid }) => {
    const lab = useLab({ gtid });
    let marks = 0;

    beforeAll(async () => {
      const servers = await lab();
      const from = await sourceEnd(servers);
      await sql(
        servers.onSource,
        'CREATE DATABASE h',
        'CREATE TABLE h.t (id INT AUTO_INCREMENT PRIMARY KEY, v INT, u INT UNIQUE)',
        'CREATE TABLE h.keyless (v INT)',
        'CREATE TABLE h.marks (id INT PRIMARY KEY)',
      );
      await startNativeReplication(servers.replica, servers.source, gtid ? undefined : from);
      await waitFor(
        async () =>
          (await servers.onReplica.query("SHOW TABLES FROM h LIKE 'marks'").catch(() => [])).length === 1,
      );
    });

    /** Waits until native replication has brought all that the source has: it applies in order, and this comes last. */
    async function nativeIsLevel({ onSource, onReplica }: TestLab): Promise<void> {
      marks += 1;
      await sql(onSource, `INSERT INTO h.marks VALUES (${marks})`);
      const isThere = async (): Promise<boolean> =>
        (await sqlValue(onReplica, `SELECT 1 FROM h.marks WHERE id = ${marks}`)) !== undefined;
      await waitFor(isThere, { what: 'the rest by native replication' });
      const executed = await gtidExecuted(onSource);
      await waitFor(async () => (await gtidExecuted(onReplica)) === executed, { what: 'the same GTIDs' });
    }

    /** Writes until told to stop, rows that cannot be applied twice, and DDL. */
    function write({ source }: TestLab): { stop: () => Promise<number> } {
      let writing = true;
      const done = (async () => {
        const connection = await source.connect();
        let n = 0;
        for (; writing; n++) {
          await sql(
            connection,
            'BEGIN',
            `INSERT INTO h.t (v, u) VALUES (${n}, NULL), (${n}, NULL)`,
            `INSERT INTO h.keyless (v) VALUES (${n})`,
            `UPDATE h.t SET v = v + 1, u = id WHERE id % 7 = ${n % 7} ORDER BY id DESC LIMIT 5`,
            'COMMIT',
            `DELETE FROM h.keyless WHERE v = ${n - 10} LIMIT 1`,
          );
          if (n % 40 === 20) await connection.execute(`CREATE TABLE IF NOT EXISTS h.made${n} (id INT)`);
        }
        await connection.close();
        return n;
      })();
      return {
        stop: () => {
          writing = false;
          return done;
        },
      };
    }

    test.each(['stopped on purpose', 'running'])(
      'without a gap: native replication that was %s',
      async (state) => {
        const servers = await lab();
        const { onReplica, source, replica } = servers;
        if (state !== 'running') await sql(onReplica, 'STOP REPLICA SQL_THREAD');
        const writer = write(servers);
        const written = () => sqlValue(servers.onSource, 'SELECT COUNT(*) FROM h.t');
        const before = Number(await written());
        await waitFor(async () => Number(await written()) > before + 100);
        const urls = ['--source', urlOf(source.address), '--replica', urlOf(replica.address)];
        expect(await tailrace(['catchup', ...urls])).toMatchObject({ code: 3 });
        const { code, stdout, stderr } = await tailrace([
          'catchup',
          ...urls,
          '--handoff',
          'native',
          '--json',
        ]);
        expect({ code, stderr }).toMatchObject({ code: 0 });
        expect(JSON.parse(stdout)).toMatchObject({
          handoff: { running: true, by: gtid ? 'gtid' : 'position' },
          fallbacks: 0,
        });
        const atHandover = Number(await written());
        await waitFor(async () => Number(await written()) > atHandover + 20);
        await writer.stop();
        await nativeIsLevel(servers);
        expect(await readNativeReplication(onReplica)).toMatchObject({
          io: 'running',
          sql: 'running',
          autoPosition: gtid,
          sqlError: null,
        });
        await expectEqual(servers);
      },
    );

    test('with nothing to catch up', async () => {
      const servers = await lab();
      const urls = ['--source', urlOf(servers.source.address), '--replica', urlOf(servers.replica.address)];
      const { code, stdout, stderr } = await tailrace(['catchup', ...urls, '--handoff', 'native', '--json']);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(JSON.parse(stdout)).toMatchObject({ transactions: 0, handoff: { running: true } });
      await sql(servers.onSource, 'INSERT INTO h.keyless (v) VALUES (-1)');
      await waitFor(
        async () =>
          (await sqlValue(servers.onReplica, 'SELECT COUNT(*) FROM h.keyless WHERE v = -1')) === '1',
      );
      await nativeIsLevel(servers);
      await expectEqual(servers);
    });
  },
);

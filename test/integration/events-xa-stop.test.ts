import { beforeAll, describe, expect, test } from '@jest/globals';
import { startNativeReplication, stopNativeReplication } from '../../tools/lab/native-replication.js';
import { catchUp, expectEqual, expectLevel, gtidExecuted, stopsWith } from '../support/engine-link.js';
import { type TestLab, useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab();
const unlogged = useLab({ replicaSettings: { 'skip-log-bin': '' } });

const prepare = (xid: string, ...statements: string[]): string[] => [
  `XA START ${xid}`,
  ...statements,
  `XA END ${xid}`,
  `XA PREPARE ${xid}`,
];
const tables = ['CREATE DATABASE xa', 'USE xa', 'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(50))'];

beforeAll(async () => {
  await sql((await lab()).onSource, ...tables);
});

/** The same servers with new sessions, which a restart has ended; close them again. */
async function again(work: (lab: TestLab) => Promise<void>): Promise<void> {
  const servers = await lab();
  const [onSource, onReplica] = await Promise.all([servers.source.connect(), servers.replica.connect()]);
  try {
    await work({ ...servers, onSource, onReplica });
  } finally {
    await Promise.all([onSource.close(), onReplica.close()]);
  }
}

/** GTIDs that the replica lacks. */
async function missing({ onSource, onReplica }: TestLab): Promise<string> {
  const applied = await gtidExecuted(onReplica);
  return String(await sqlValue(onSource, `SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, '${applied}')`));
}

describe('trap 12: what is prepared', () => {
  test('is still there when the source has been restarted [T12]', async () => {
    const { source } = await lab();
    await sql(source, ...prepare("'s1'", "INSERT INTO xa.t VALUES (1, 'over a restart')"));
    await sql(source, ...prepare("'s2'", "INSERT INTO xa.t VALUES (2, 'over a restart')"));
    await catchUp(await lab());
    await source.restart();
    await again(async (own) => {
      await sql(own.onSource, "XA COMMIT 's1'", "XA ROLLBACK 's2'", "INSERT INTO xa.t VALUES (3, 'after')");
      await expectLevel(own);
      expect(await sqlValue(own.onReplica, 'SELECT GROUP_CONCAT(id) FROM xa.t')).toBe('1,3');
    });
  });

  test('is still there when the replica has been killed [T12]', async () => {
    const { source, replica } = await lab();
    await sql(source, ...prepare("'r1'", "INSERT INTO xa.t VALUES (11, 'over a kill')"));
    await sql(source, ...prepare("'r2'", "INSERT INTO xa.t VALUES (12, 'over a kill')"));
    await again(async (own) => void (await catchUp(own)));
    await replica.kill();
    await replica.restart();
    await again(async (own) => {
      await sql(own.onSource, "XA ROLLBACK 'r2'", "XA COMMIT 'r1'");
      await expectLevel(own);
      expect(await own.onReplica.query('XA RECOVER')).toEqual([]);
      expect(await sqlValue(own.onReplica, 'SELECT COUNT(*) FROM xa.t WHERE id IN (11, 12)')).toBe('1');
    });
  });
});

describe('trap 12: MySQL’s own replica', () => {
  test('decides what tailrace has prepared, and tailrace what it has prepared [T12]', async () => {
    await again(async (own) => {
      const { source, replica, onSource, onReplica } = own;
      await sql(onSource, ...prepare("'ours'", "INSERT INTO xa.t VALUES (51, 'ours')"));
      await catchUp(own);
      await startNativeReplication(replica, source);
      await sql(
        onSource,
        ...prepare("'theirs'", "INSERT INTO xa.t VALUES (52, 'theirs')"),
        "XA COMMIT 'ours'",
      );
      const executed = await gtidExecuted(onSource);
      await waitFor(async () => (await gtidExecuted(onReplica)) === executed, { what: 'native replication' });
      await stopNativeReplication(replica);
      await sql(onSource, "XA COMMIT 'theirs'", "INSERT INTO xa.t VALUES (53, 'behind')");
      await expectLevel(own);
      expect(await sqlValue(onReplica, 'SELECT COUNT(*) FROM xa.t WHERE id > 50')).toBe('3');
      expect(await onReplica.query('XA RECOVER')).toEqual([]);
    });
  });
});

describe('trap 12: the link stops', () => {
  test('at the outcome of what the replica has not prepared, and goes on as the cure says [T12]', async () => {
    await again(async (own) => {
      const { onSource, onReplica } = own;
      await sql(onSource, ...prepare("'n1'", "INSERT INTO xa.t VALUES (21, 'lost')"));
      await catchUp(own);
      await sql(onReplica, 'SET sql_log_bin = 0', "XA ROLLBACK 'n1'", 'SET sql_log_bin = 1');
      await sql(onSource, "XA COMMIT 'n1'", "INSERT INTO xa.t VALUES (22, 'behind')");
      for (let i = 0; i < 2; i++) {
        expect(await stopsWith(own)).toMatchObject({
          code: 'TR_XA_NOT_PREPARED',
          what: expect.stringContaining(`XA COMMIT X'${Buffer.from('n1').toString('hex')}',X'',1`),
        });
      }
      expect(await sqlValue(onReplica, 'SELECT COUNT(*) FROM xa.t WHERE id IN (21, 22)')).toBe('0');
      const [, first] = /^(.*:\d+)-\d+$/.exec(await missing(own)) ?? [];
      await sql(
        onReplica,
        'SET sql_log_bin = 0',
        "INSERT INTO xa.t VALUES (21, 'lost')",
        `SET GTID_NEXT = '${first}'`,
        'BEGIN',
        'COMMIT',
        "SET GTID_NEXT = 'AUTOMATIC'",
        'SET sql_log_bin = 1',
      );
      await catchUp(own);
      await expectEqual(own);
    });
  });

  test('at an identifier that the replica has prepared for itself [T12]', async () => {
    await again(async (own) => {
      const { onSource, onReplica } = own;
      await sql(
        onReplica,
        'SET sql_log_bin = 0',
        ...prepare("'taken'", 'UPDATE xa.t SET v = v'),
        'SET sql_log_bin = 1',
      );
      await sql(onSource, ...prepare("'taken'", "INSERT INTO xa.t VALUES (31, 'taken')"));
      const executed = await gtidExecuted(onReplica);
      expect(await stopsWith(own)).toMatchObject({ code: 'TR_XA_TAKEN' });
      expect(await gtidExecuted(onReplica)).toBe(executed);
      await sql(onReplica, 'SET sql_log_bin = 0', "XA ROLLBACK 'taken'", 'SET sql_log_bin = 1');
      await sql(onSource, "XA COMMIT 'taken'");
      await expectLevel(own);
    });
  });

  test('at rows that do not fit, with nothing left behind', async () => {
    await again(async (own) => {
      const { onSource, onReplica } = own;
      await sql(onReplica, 'SET sql_log_bin = 0', "INSERT INTO xa.t VALUES (41, 'in the way')");
      await sql(onSource, ...prepare("'c1'", "INSERT INTO xa.t VALUES (41, 'conflict')"));
      expect(await stopsWith(own)).toMatchObject({
        code: 'TR_APPLY_CONFLICT',
        why: expect.stringMatching(/duplicate entry/i),
      });
      expect(await onReplica.query('XA RECOVER')).toEqual([]);
      await sql(onReplica, 'DELETE FROM xa.t WHERE id = 41', 'SET sql_log_bin = 1');
      await sql(onSource, "XA COMMIT 'c1'");
      await expectLevel(own);
    });
  });

  test('where the replica would forget what is prepared [T12]', async () => {
    const own = await unlogged();
    await sql(own.onSource, ...tables);
    await catchUp(own);
    await sql(own.onSource, ...prepare("'p'", "INSERT INTO t VALUES (2, 'prepared')"), "XA ROLLBACK 'p'");
    expect(await stopsWith(own)).toMatchObject({
      code: 'TR_XA_REPLICA',
      why: expect.stringContaining('binary log'),
    });
  });
});

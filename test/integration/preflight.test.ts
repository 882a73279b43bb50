import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type LabTopology, startLabTopology } from '../../src/lab/lab-topology.js';
import { startNativeReplication } from '../../tools/lab/native-replication.js';
import { startLabServer } from '../../src/lab/start-lab-server.js';
import type { LinkSettings } from '../../src/link/link-settings.js';
import type { BinlogPosition } from '../../src/binlog/binlog-position.js';
import { acquireLinkLock, readLinkLockHolder } from '../../src/mysql/link-lock.js';
import { type Problem, preflight } from '../../src/preflight/preflight.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { purgeBinaryLogs } from '../support/purge-binary-logs.js';
import { waitFor } from '../support/wait-for.js';

let lab: LabTopology;
let source: ServerConnection;
let replica: ServerConnection;

async function start(gtid: boolean): Promise<void> {
  lab = await startLabTopology({ gtid });
  source = await lab.source.connect({ multipleStatements: true });
  replica = await lab.replicas[0]!.connect({ multipleStatements: true });
}

async function stop(): Promise<void> {
  await Promise.all([source?.close(), replica?.close()]);
  await lab?.stop();
}

function settings(changes: Partial<LinkSettings> = {}): LinkSettings {
  return {
    name: 'tested',
    source: lab.source.address,
    replica: lab.replicas[0]!.address,
    lanes: 4,
    partition: 'auto',
    budgetBytes: 64 * 2 ** 20,
    epochRowsMax: 50_000,
    epochBytesMax: 16 * 2 ** 20,
    onConflict: 'stop',
    statements: 'apply',
    linkedTables: [],
    serverId: 4_000_000_001,
    from: null,
    ...changes,
  };
}

const check = (changes: Partial<LinkSettings> = {}, handoffNative = false): Promise<Problem[]> =>
  preflight(settings(changes), { handoffNative });

const brief = (problems: readonly Problem[]): string[] =>
  problems.map(({ severity, code }) => `${severity} ${code}`).sort();

/** The statements of a cure, as a DBA would copy them. */
async function follow(connection: ServerConnection, problems: readonly Problem[]): Promise<void> {
  for (const { cure } of problems) await connection.query(cure.slice(0, cure.lastIndexOf(';') + 1));
}

async function killBinlogDumps(): Promise<string> {
  const rows = await replica.query<{ id: string }>(
    "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'",
  );
  return rows.map((row) => `KILL ${row.id}`).join('; ');
}

/** Runs statements on both servers without a trace in a binary log. */
async function onBoth(statements: string): Promise<void> {
  for (const connection of [source, replica]) {
    await connection.query(`SET sql_log_bin = 0; ${statements}; SET sql_log_bin = 1`);
  }
}

describe('with GTIDs', () => {
  beforeAll(() => start(true));
  afterAll(stop);

  test('two servers that are ready have no problem, and nothing is changed on them [P8]', async () => {
    const state = async (): Promise<unknown> => [
      await source.query('SELECT @@GLOBAL.gtid_executed AS executed'),
      await replica.query('SELECT @@GLOBAL.gtid_executed AS executed'),
      await replica.query('SHOW DATABASES'),
    ];
    const before = await state();
    expect(await check()).toEqual([]);
    expect(await state()).toEqual(before);
  });

  test('a replica that has replicas of its own', async () => {
    const downstream = await startLabServer({ role: 'downstream', serverId: 33 });
    try {
      await startNativeReplication(downstream, lab.replicas[0]!);
      expect(await check()).toMatchObject([
        { severity: 'error', code: 'TR_REPLICA_HAS_REPLICAS', what: expect.stringContaining('server 33') },
      ]);
    } finally {
      await downstream.stop();
      // A server notices that a reader is gone only when it next has something to send.
      await replica.query(await killBinlogDumps());
    }
    await waitFor(async () => (await check()).length === 0);
  });

  test('servers that cannot be reached are each one problem', async () => {
    const nowhere = { ...lab.source.address, port: 1 };
    const refused = { ...lab.replicas[0]!.address, password: 'not-the-secret' };
    const problems = await check({ source: nowhere, replica: refused });
    expect(brief(problems)).toEqual(['error TR_SERVER_ACCESS_DENIED', 'error TR_SERVER_UNREACHABLE']);
    expect(JSON.stringify(problems)).not.toContain('not-the-secret');
  });

  test('the replica is looked at although the source cannot be reached', async () => {
    await replica.query('SET GLOBAL super_read_only = ON');
    try {
      const problems = await check({ source: { ...lab.source.address, port: 1 } });
      expect(brief(problems)).toEqual(['error TR_REPLICA_SUPER_READ_ONLY', 'error TR_SERVER_UNREACHABLE']);
    } finally {
      await replica.query('SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF');
    }
  });

  test('each missing privilege is named, and its cure cures it [P8]', async () => {
    await onBoth("CREATE USER bare@'%' IDENTIFIED BY 'bare-secret'");
    const bare = (address: LinkSettings['source']) => ({ ...address, user: 'bare', password: 'bare-secret' });
    const { source: from, replica: to } = settings();
    const changes = { source: bare(from), replica: bare(to) };
    const problems = await check(changes, true);
    const lacking = problems.filter(({ code }) => code === 'TR_PRIVILEGE_MISSING');
    expect(lacking.map(({ what }) => what.replace(/^.* on (source|replica) \S+ lacks /, '$1: '))).toEqual(
      expect.arrayContaining([
        'source: REPLICATION SLAVE on *.*.',
        'source: REPLICATION CLIENT on *.*.',
        'source: SELECT on *.*.',
        'replica: REPLICATION_APPLIER on *.*.',
        'replica: SYSTEM_VARIABLES_ADMIN on *.*.',
        'replica: REPLICATION_SLAVE_ADMIN on *.*.',
        'replica: REPLICATION CLIENT on *.*.',
        'replica: ALTER on *.*.',
        'replica: SET_ANY_DEFINER on *.*.',
        'replica: INSERT on `tailrace`.*.',
        'replica: LOCK TABLES on `tailrace`.*.',
        'replica: SELECT on `performance_schema`.`error_log`.',
      ]),
    );
    await source.query('SET sql_log_bin = 0');
    await replica.query('SET sql_log_bin = 0');
    await follow(
      source,
      lacking.filter(({ what }) => what.includes(' on source ')),
    );
    await follow(
      replica,
      lacking.filter(({ what }) => what.includes(' on replica ')),
    );
    const cured = await check(changes);
    await onBoth("DROP USER bare@'%'");
    expect(brief(cured)).toEqual(['warning TR_REPLICA_FUNCTION_CREATORS']);
  });

  test('a user who may write to one schema only is told of the others', async () => {
    await onBoth(
      "CREATE DATABASE kept; CREATE DATABASE other; CREATE USER narrow@'%' IDENTIFIED BY 'narrow-secret'; GRANT ALL ON kept.* TO narrow@'%'",
    );
    const to = { ...lab.replicas[0]!.address, user: 'narrow', password: 'narrow-secret' };
    const drop = (await check({ replica: to })).find(({ what }) => what.includes(' lacks DROP '));
    await onBoth("DROP DATABASE kept; DROP DATABASE other; DROP USER narrow@'%'");
    expect(drop).toMatchObject({
      why: expect.stringContaining('other'),
      cure: 'GRANT DROP ON `other`.* TO `narrow`@`%`;',
    });
  });

  test('what the source does not log as it should', async () => {
    await source.query(
      "SET GLOBAL binlog_format = 'MIXED'; SET GLOBAL binlog_row_image = 'MINIMAL'; SET GLOBAL binlog_row_value_options = 'PARTIAL_JSON'",
    );
    const problems = await check();
    await follow(source, problems);
    await source.query('RESET PERSIST');
    expect(brief(problems)).toEqual([
      'warning TR_SOURCE_BINLOG_FORMAT',
      'warning TR_SOURCE_PARTIAL_JSON',
      'warning TR_SOURCE_ROW_IMAGE',
    ]);
    expect(await check()).toEqual([]);
  });

  test('a replica that is read only', async () => {
    await replica.query('SET GLOBAL read_only = ON');
    await onBoth(
      "CREATE USER writer@'%' IDENTIFIED BY 'writer-secret'; GRANT ALL ON *.* TO writer@'%' WITH GRANT OPTION; REVOKE SUPER, CONNECTION_ADMIN ON *.* FROM writer@'%'",
    );
    const to = { ...lab.replicas[0]!.address, user: 'writer', password: 'writer-secret' };
    const asRoot = await check();
    const asWriter = await check({ replica: to });
    await replica.query('SET sql_log_bin = 0');
    await follow(replica, asWriter);
    const cured = await check({ replica: to });
    await replica.query('SET GLOBAL read_only = OFF');
    await onBoth("DROP USER writer@'%'");
    expect(asRoot).toEqual([]);
    expect(brief(asWriter)).toEqual(['error TR_REPLICA_READ_ONLY', 'warning TR_REPLICA_FUNCTION_CREATORS']);
    expect(cured).toEqual([]);
  });

  test('server ids that are missing, equal or taken [T13]', async () => {
    const ids = async (theirs: number, ours: number, changes: Partial<LinkSettings> = {}) => {
      await source.query(`SET GLOBAL server_id = ${theirs}`);
      await replica.query(`SET GLOBAL server_id = ${ours}`);
      const problems = await check(changes);
      await source.query('SET GLOBAL server_id = 1');
      await replica.query('SET GLOBAL server_id = 2');
      return brief(problems);
    };
    expect(await ids(0, 0)).toEqual(['error TR_SERVER_ID_ZERO', 'error TR_SERVER_ID_ZERO']);
    expect(await ids(7, 7)).toEqual(['error TR_SERVER_ID_SAME']);
    expect(await ids(1, 2, { serverId: 1 })).toEqual(['error TR_SERVER_ID_TAKEN']);
    expect(await ids(1, 2, { serverId: 2 })).toEqual(['error TR_SERVER_ID_TAKEN']);
  });

  test('one server as both', async () => {
    expect(brief(await check({ replica: lab.source.address }))).toEqual(['error TR_SERVER_SAME']);
  });

  test('a replica that takes smaller packets [T15]', async () => {
    await replica.query('SET GLOBAL max_allowed_packet = 1048576');
    const problems = await check();
    await follow(replica, problems);
    await replica.query('RESET PERSIST');
    expect(brief(problems)).toEqual(['warning TR_PACKET_SIZE']);
    expect(await check()).toEqual([]);
  });

  test('GTID modes that do not go together', async () => {
    const modes = async (steps: readonly string[]): Promise<void> => {
      for (const step of steps) await replica.query(`SET GLOBAL gtid_mode = ${step}`);
    };
    await modes(['ON_PERMISSIVE']);
    const half = await check();
    await modes(['OFF_PERMISSIVE', 'OFF']);
    const off = await check();
    await follow(
      replica,
      off.filter(({ code }) => code === 'TR_GTID_MODE'),
    );
    await replica.query('RESET PERSIST');
    expect(brief(half)).toEqual(['error TR_POSITION_UNKNOWN', 'warning TR_GTID_MODE']);
    expect(brief(off)).toContain('error TR_GTID_MODE');
    expect(await check()).toEqual([]);
  });

  test('tables that differ are errors on a level replica, and warnings while something waits', async () => {
    await onBoth('CREATE DATABASE shop');
    await source.query(
      `SET sql_log_bin = 0; USE shop; CREATE TABLE missing (id INT PRIMARY KEY); CREATE TABLE fewer (id INT PRIMARY KEY, email VARCHAR(50));
       CREATE TABLE typed (id INT PRIMARY KEY, name VARCHAR(50)); CREATE TABLE swapped (a INT, b INT); CREATE TABLE same (id INT(7) PRIMARY KEY); SET sql_log_bin = 1`,
    );
    await replica.query(
      `SET sql_log_bin = 0; USE shop; CREATE TABLE fewer (id INT PRIMARY KEY); CREATE TABLE typed (id INT PRIMARY KEY, name VARCHAR(50) CHARACTER SET latin1);
       CREATE TABLE swapped (b INT, a INT) ENGINE=MyISAM; CREATE TABLE same (id INT PRIMARY KEY); CREATE TABLE only_here (id INT); SET sql_log_bin = 1`,
    );
    const level = await check();
    await source.query('CREATE DATABASE waiting');
    const behind = await check();
    await source.query('DROP DATABASE shop; DROP DATABASE waiting');
    const [row] = await source.query<{ executed: string }>('SELECT @@GLOBAL.gtid_executed AS executed');
    await replica.query(
      `SET sql_log_bin = 0; DROP DATABASE shop; SET GLOBAL gtid_purged = '+${row?.executed ?? ''}'; SET sql_log_bin = 1`,
    );

    expect(brief(level)).toEqual([
      ...Array<string>(3).fill('error TR_SCHEMA_MISMATCH'),
      'note TR_SCHEMA_DIFFERS',
      'warning TR_ENGINE_NOT_TRANSACTIONAL',
    ]);
    expect(brief(behind)).toEqual([
      'note TR_SCHEMA_DIFFERS',
      'note TR_SCHEMA_DIFFERS',
      'warning TR_ENGINE_NOT_TRANSACTIONAL',
      ...Array<string>(2).fill('warning TR_SCHEMA_MISMATCH'),
    ]);
    // What would break a statement that still waits is not advised.
    expect(behind.slice(0, 4).map(({ cure }) => cure)).toEqual(
      Array<unknown>(4).fill(expect.stringMatching(/None,? as long as|Do nothing while the link runs/)),
    );
    expect(level.map(({ what }) => what)).toEqual([
      'Table shop.missing of the source is missing on the replica.',
      expect.stringMatching(/^Table shop.swapped differs: column 1, a, is called b on the replica/),
      expect.stringMatching(
        /^Table shop.typed differs: column 2, name, is varchar\(50\) utf8mb4 on the source and varchar\(50\) latin1 on the replica: the replica refuses/,
      ),
      'Table shop.fewer differs: email is on the source only: its values are left out.',
      expect.stringContaining('shop.swapped'),
    ]);
  });

  test('events that run on the replica', async () => {
    await onBoth('CREATE DATABASE timed');
    await replica.query(
      'SET sql_log_bin = 0; CREATE EVENT timed.sweep ON SCHEDULE EVERY 1 DAY DO SET @swept = 1; SET sql_log_bin = 1',
    );
    const problems = await check();
    await replica.query('SET sql_log_bin = 0');
    await follow(
      replica,
      problems.map((one) => ({ ...one, cure: `${one.cure.split(';')[0] ?? ''};` })),
    );
    const cured = await check();
    await onBoth('DROP DATABASE timed');
    expect(problems).toMatchObject([
      {
        severity: 'warning',
        code: 'TR_REPLICA_EVENTS_ENABLED',
        what: expect.stringContaining('timed.sweep'),
      },
    ]);
    expect(cured).toEqual([]);
  });

  test('another tailrace on the same link [P7]', async () => {
    const other = await lab.replicas[0]!.connect();
    await acquireLinkLock(other, 'tested');
    const problems = await check();
    const elsewhere = await check({ name: 'another link' });
    await other.close();
    // The lock goes with the session, which ends a moment after its connection.
    await waitFor(async () => (await readLinkLockHolder(replica, 'tested')) === null);
    expect(problems).toMatchObject([
      { code: 'TR_LINK_LOCKED', why: expect.stringContaining(`Session ${other.threadId}`) },
    ]);
    expect(elsewhere).toEqual([]);
  });

  test('a tailrace that has just ended, and whose session the replica still keeps for a moment, is no other one', async () => {
    const ending = await lab.replicas[0]!.connect();
    await acquireLinkLock(ending, 'tested');
    const ends = ending.execute('DO SLEEP(0.7)').then(() => ending.close());
    expect(await check()).toEqual([]);
    await ends;
  });

  test('transactions that only the replica has are named, and their cure cures them [T13]', async () => {
    await replica.query('CREATE DATABASE errant');
    const problems = await check();
    const [row] = await replica.query<{ uuid: string }>('SELECT @@server_uuid AS uuid');
    expect(brief(problems)).toEqual(['error TR_GTID_ERRANT']);
    expect(problems[0]?.what).toContain(`${row?.uuid}:1 (1 transaction)`);
    const statements = problems[0]?.cure.split(': SET')[1] ?? '';
    await source.query(`SET${statements}`);
    await replica.query('SET sql_log_bin = 0; DROP DATABASE errant; SET sql_log_bin = 1');
    expect(await check()).toEqual([]);
  });

  test("transactions of another server that only the replica has are a warning, and the source's own an error", async () => {
    const [row] = await source.query<{ uuid: string }>('SELECT @@server_uuid AS uuid');
    const foreign = '11111111-2222-3333-4444-555555555555';
    await replica.query(`SET GLOBAL gtid_purged = '+${foreign}:1-3,${row?.uuid}:900000'`);
    const problems = await check();
    await source.query(
      `SET GTID_NEXT = '${row?.uuid}:900000'; BEGIN; COMMIT; SET GTID_NEXT = 'AUTOMATIC'; SET GLOBAL gtid_purged = '+${foreign}:1-3'`,
    );
    expect(problems.map(({ severity, what }) => [severity, what.includes('900000')])).toEqual([
      ['error', true],
      ['warning', false],
    ]);
    expect(await check()).toEqual([]);
  });

  test('native replication that runs, and one that a hand-over needs', async () => {
    expect(brief(await check({}, true))).toEqual(['error TR_NATIVE_UNSUITABLE']);
    await startNativeReplication(lab.replicas[0]!, lab.source);
    const running = await check();
    const handedOver = await check({}, true);
    const ofAnother = await check(
      { source: lab.replicas[0]!.address, replica: lab.replicas[0]!.address },
      true,
    );
    await replica.query('STOP REPLICA');
    const stopped = await check();
    await replica.query(stopped[0]?.cure.split(' or,')[0] ?? '');
    const keptStopped = await check();
    await replica.query('RESET PERSIST skip_replica_start');
    await replica.query('RESET REPLICA ALL');
    expect(brief(running)).toEqual(['error TR_NATIVE_RUNNING']);
    expect(handedOver).toEqual([]);
    expect(brief(ofAnother)).toContain('error TR_NATIVE_UNSUITABLE');
    expect(brief(stopped)).toEqual(['warning TR_NATIVE_STARTS_ITSELF']);
    expect(keptStopped).toEqual([]);
  });

  test('transactions that the source has purged are named [P8, T13]', async () => {
    await source.query('CREATE DATABASE gone; FLUSH BINARY LOGS');
    const [status] = await source.query<{ File: string }>('SHOW BINARY LOG STATUS');
    await purgeBinaryLogs(source, status?.File ?? '');
    const problems = await check();
    expect(problems).toMatchObject([
      {
        severity: 'error',
        code: 'TR_STREAM_PURGED',
        what: expect.stringMatching(/: [0-9a-f-]{36}:\d+ \(1 transaction\)/),
      },
    ]);
  });
});

describe('without GTIDs', () => {
  beforeAll(() => start(false));
  afterAll(stop);
  afterEach(() => replica.query('STOP REPLICA; RESET REPLICA ALL').catch(() => undefined));

  const end = async (): Promise<BinlogPosition> => {
    const [row] = await source.query<{ File: string; Position: string }>('SHOW BINARY LOG STATUS');
    return { file: row?.File ?? '', offset: Number(row?.Position) };
  };

  test('the position must be known', async () => {
    expect(await check()).toMatchObject([
      { severity: 'error', code: 'TR_POSITION_UNKNOWN', cure: expect.stringContaining('--from') },
    ]);
    expect(await check({ from: await end() })).toEqual([]);
  });

  test('native replication tells it', async () => {
    await startNativeReplication(lab.replicas[0]!, lab.source);
    expect(await check({}, true)).toEqual([]);
  });

  test('the source must still have it', async () => {
    const { file, offset } = await end();
    expect(brief(await check({ from: { file: 'binlog.000099', offset: 4 } }))).toEqual([
      'error TR_STREAM_PURGED',
    ]);
    expect(brief(await check({ from: { file, offset: offset + 1000 } }))).toEqual([
      'error TR_STREAM_SOURCE_CHANGED',
    ]);
  });

  test('a source without a binary log', async () => {
    const silent = await startLabServer({ role: 'source', serverId: 9, settings: { 'skip-log-bin': true } });
    try {
      const from = { file: 'binlog.000001', offset: 4 };
      const problems = await check({ source: silent.address, from });
      expect(brief(problems)).toContain('error TR_SOURCE_BINLOG_OFF');
    } finally {
      await silent.stop();
    }
  });
});

describe('other servers', () => {
  afterEach(stop);

  test('an old source is fit once the position is known', async () => {
    lab = await startLabTopology({ sourceFlavour: 'mysql56', gtid: false });
    expect(brief(await check())).toEqual(['error TR_POSITION_UNKNOWN']);
    source = await lab.source.connect();
    replica = await lab.replicas[0]!.connect();
    const [row] = await source.query<{ File: string; Position: string }>('SHOW MASTER STATUS');
    const from = { file: row?.File ?? '', offset: Number(row?.Position) };
    expect(await check({ from })).toEqual([]);
  });

  test('an old replica is told what it cannot do', async () => {
    lab = await startLabTopology({ sourceFlavour: 'mysql56', gtid: false });
    const problems = await check({ source: lab.replicas[0]!.address, replica: lab.source.address });
    expect(brief(problems)).toEqual([
      'error TR_POSITION_UNKNOWN',
      'warning TR_PACKET_SIZE',
      'warning TR_REPLICA_GTID_ADOPTION',
      'warning TR_SOURCE_VERSION_NEWER',
    ]);
  });
});

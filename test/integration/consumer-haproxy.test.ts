import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../../src/lab/free-port.js';
import { type Haproxy, startHaproxy } from '../../tools/lab/haproxy.js';
import { generatePassword } from '../../src/lab/root-password.js';
import type { TailraceError } from '../../src/errors/tailrace-error.js';
import { openConnection, type ServerConnection } from '../../src/mysql/server-connection.js';
import { codeBlock, replaced } from '../support/consumer-page.js';
import { useLab } from '../support/lab.js';
import { PageDaemon } from '../support/page-daemon.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab({ replicas: 2 });
const log = (line: string): void => void process.stderr.write(`${line}\n`);
/** Server ids of the replicas that the page calls db2 and db3. */
const [db2, db3] = [2, 3];
const byChecks = '127.0.0.1:3307';
const byAgent = '127.0.0.1:3308';
const writes = '127.0.0.1:3306';
const password = generatePassword();
const ports = new Map<string, number>();
let daemon: PageDaemon;
let haproxy: Haproxy;

beforeAll(async () => {
  const { source, replicas, onSource } = await lab();
  await sql(onSource, 'CREATE DATABASE h', 'CREATE TABLE h.t (id INT PRIMARY KEY)');
  daemon = await PageDaemon.start(await lab(), codeBlock('haproxy.md', 'yaml'), [
    '127.0.0.1:9180',
    '127.0.0.1:9181',
  ]);
  for (const shown of [writes, byChecks, byAgent]) ports.set(shown, await freePort());
  const servers = [source, ...replicas].map(({ address }, i): [string, string] => [
    `192.0.2.${11 + i}:3306`,
    `${address.host}:${address.port}`,
  ]);
  const configuration = replaced(codeBlock('haproxy.md', 'haproxy'), {
    ...Object.fromEntries(servers),
    ...Object.fromEntries([...ports].map(([shown, port]) => [`bind ${shown}`, `bind 127.0.0.1:${port}`])),
    'port 9180': `port ${daemon.port}`,
    'agent-port 9181': `agent-port ${daemon.agentPort}`,
  });
  haproxy = await startHaproxy(configuration, log);
  const user = `CREATE USER reader@'%' IDENTIFIED BY '${password}'`;
  await sql(onSource, user, "GRANT SELECT ON *.* TO reader@'%'");
  await daemon.serves();
});
afterAll(async () => {
  await haproxy?.stop();
  await daemon?.stop();
});

/** A session of an application, through one of HAProxy's listeners. */
function connect(listener: string): Promise<ServerConnection> {
  return openConnection({ host: '127.0.0.1', port: ports.get(listener) ?? 0, user: 'reader', password });
}

const serverOf = async (session: ServerConnection): Promise<number> =>
  Number(await sqlValue(session, 'SELECT @@GLOBAL.server_id'));

/** Instead of a server id: HAProxy had none to give, as before its first checks. */
const nowhere = 0;

/** Where so many new connections, one after another, end up. */
async function reached(listener: string, connections = 8): Promise<number[]> {
  const servers = new Set<number>();
  for (let i = 0; i < connections; i += 1) servers.add(await reachedOnce(listener));
  return [...servers].sort();
}

async function reachedOnce(listener: string): Promise<number> {
  try {
    const session = await connect(listener);
    try {
      return await serverOf(session);
    } finally {
      await session.close();
    }
  } catch (error) {
    const isClosed = ['TR_SERVER_UNREACHABLE', 'TR_SERVER_LOST'].includes((error as TailraceError).code);
    if (isClosed) return nowhere;
    throw error;
  }
}

/** Waits until connections reach these servers, all of them and no others, through both listeners unless told otherwise. */
async function waitUntilReached(
  servers: readonly number[],
  what: string,
  listeners = [byChecks, byAgent],
): Promise<void> {
  for (const listener of listeners) {
    const isSo = async (): Promise<boolean> => String(await reached(listener)) === String(servers);
    await waitFor(isSo, { what: `${what}, by ${listener}`, timeoutMs: 90_000 });
  }
}

describe('HAProxy, with the configuration of its page', () => {
  test('carries reads to both replicas, and writes to the source', async () => {
    await waitUntilReached([db2, db3], 'both replicas');
    expect(await reached(writes, 1)).toEqual([1]);
    const session = await connect(byChecks);
    expect(await sqlValue(session, 'SELECT COUNT(*) FROM h.t')).toBe('0');
    await session.close();
  });

  test('a replica that lags gets no connections, loses those that it has, and is back by itself [P29]', async () => {
    const { onSource, onReplica } = await lab();
    const open = await sessionOn(db2);
    await onReplica.execute('LOCK TABLES h.t READ');
    try {
      await sql(onSource, 'INSERT INTO h.t VALUES (1)');
      // Not told by where new connections go: they go to the server with the fewest, and this one counts.
      const isLost = (): Promise<boolean> =>
        serverOf(open).then(
          () => false,
          (error: TailraceError) => error.code === 'TR_SERVER_LOST',
        );
      await waitFor(isLost, { what: 'the session on db2 to be ended' });
      await waitUntilReached([db3], 'only db3', [byChecks]);
      // It answers, and could be read: it is out for its lag.
      expect(await sqlValue(onReplica, 'SELECT COUNT(*) FROM h.t')).toBe('0');
    } finally {
      await onReplica.execute('UNLOCK TABLES');
    }
    await waitUntilReached([db2, db3], 'both replicas again');
  });

  test('a replica that is drained gets no new connections, and keeps those that it has [P29]', async () => {
    const open = await sessionOn(db3);
    await daemon.order('db3', 'drain');
    await waitUntilReached([db2], 'only db2');
    expect(await serverOf(open)).toBe(db3);
    await daemon.order('db3', 'none');
    await waitUntilReached([db2, db3], 'both replicas');
    await open.close();
  });

  test('a replica that is gone is out, and back once it is there again [P29]', async () => {
    const { replicas } = await lab();
    await replicas[1]!.kill();
    await waitUntilReached([db2], 'only db2');
    await replicas[1]!.restart();
    await waitUntilReached([db2, db3], 'both replicas');
  });
});

async function sessionOn(server: number): Promise<ServerConnection> {
  for (let tries = 0; tries < 20; tries += 1) {
    const session = await connect(byChecks);
    if ((await serverOf(session)) === server) return session;
    await session.close();
  }
  throw new Error(`no connection reaches server ${server}`);
}

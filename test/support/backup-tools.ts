import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unpackDebianProgram } from '../../src/lab/debian-program.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import { runProgram } from '../../src/lab/run-program.js';
import type { ServerAddress } from '../../src/mysql/server-address.js';
import { ServerError } from '../../src/mysql/server-error.js';
import { sql } from './sql.js';

const dumpTimeoutMs = 240_000;
/** CLONE ends with the server shut down where nothing starts it again. */
const notRestarted = 3707;

/** Schemas that a backup holds: what is replicated, and where tailrace's checkpoint is. */
const schemas = ['snap', 'tailrace'];

/** Runs `work` with mysqldump and mysql of the lab's newest Debian packages, each a command with its first arguments. */
async function withClient<T>(
  { host, port, user, password }: ServerAddress,
  work: (
    program: (name: string, args: readonly string[], input?: string) => Promise<string>,
    folder: string,
  ) => Promise<T>,
): Promise<T> {
  const { root, loader } = await unpackDebianProgram({
    names: ['mysql-client-core'],
    suite: 'sid',
    extent: 'whole',
    program: 'usr/bin/mysqldump',
    log: (line) => void process.stderr.write(`${line}\n`),
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'tailrace-backup-'));
  const options = path.join(folder, 'client.cnf');
  try {
    await writeFile(
      options,
      `[client]\nhost=${host}\nport=${port}\nuser=${user}\npassword="${password}"\nprotocol=TCP\n`,
      { mode: 0o600 },
    );
    return await work((name, args, input) => {
      const [command, ...before] = [...loader, path.join(root, 'usr/bin', name)];
      return runProgram(command, [...before, `--defaults-file=${options}`, ...args], {
        timeoutMs: dumpTimeoutMs,
        ...(input === undefined ? {} : { input }),
      });
    }, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What mysqldump writes of the replica. */
export function takeDump(replica: LabServer, options: readonly string[]): Promise<string> {
  return withClient(replica.address, async (program, folder) => {
    const file = path.join(folder, 'dump.sql');
    await program('mysqldump', [...options, `--result-file=${file}`, '--databases', ...schemas]);
    return readFile(file, 'utf8');
  });
}

/** Restores a dump on a server that held another one before. */
export async function restoreDump(copy: LabServer, dump: string): Promise<void> {
  await emptyServer(copy);
  await withClient(copy.address, (program) => program('mysql', [], dump));
}

async function emptyServer(copy: LabServer): Promise<void> {
  await sql(
    copy,
    'STOP REPLICA',
    'RESET REPLICA ALL',
    ...schemas.map((schema) => `DROP DATABASE IF EXISTS ${schema}`),
    'RESET BINARY LOGS AND GTIDS',
  );
}

/** Runs mydumper or myloader of the lab's newest Debian packages on the files in `folder`. */
async function runMydumper(
  name: 'mydumper' | 'myloader',
  { host, port, user, password }: ServerAddress,
  args: readonly string[],
): Promise<void> {
  const { root, loader, libraryFolders } = await unpackDebianProgram({
    names: ['mydumper'],
    suite: 'sid',
    extent: 'whole',
    program: `usr/bin/${name}`,
    log: (line) => void process.stderr.write(`${line}\n`),
  });
  const [command, ...before] = [...loader, path.join(root, 'usr/bin', name)];
  const server = ['--host', host, '--port', String(port), '--user', user, '--password', password ?? ''];
  await runProgram(command, [...before, ...server, '--threads', '3', ...args], {
    timeoutMs: dumpTimeoutMs,
    environment: { MARIADB_PLUGIN_DIR: path.join(libraryFolders[0] ?? '', 'libmariadb3/plugin') },
  });
}

/** Makes `copy` what several threads of mydumper read of the replica at the same time. */
export async function copyByMydumper(replica: LabServer, copy: LabServer): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tailrace-backup-'));
  const dump = path.join(folder, 'dump');
  await runMydumper('mydumper', replica.address, [
    ...['--regex', `^(${schemas.join('|')})\\.`],
    ...['--outputdir', dump],
  ]);
  return async () => {
    await emptyServer(copy);
    await runMydumper('myloader', copy.address, ['--directory', dump]);
    await rm(folder, { recursive: true, force: true });
  };
}

/** Replicas whose accounts have the copy's password, too: they come along, and it must let its lab in afterwards. */
const letsIn = new Set<LabServer>();

/** Makes `copy` a CLONE of `replica`, taken while that goes on. Both need the plugin. */
export async function takeClone(replica: LabServer, copy: LabServer): Promise<void> {
  const { host, port, user, password } = replica.address;
  if (!letsIn.has(replica)) {
    letsIn.add(replica);
    await sql(
      replica,
      'SET SESSION sql_log_bin = 0',
      `ALTER USER CURRENT_USER() IDENTIFIED BY '${copy.address.password}' RETAIN CURRENT PASSWORD`,
    );
  }
  await sql(
    copy,
    'STOP REPLICA',
    'RESET REPLICA ALL',
    `SET GLOBAL clone_valid_donor_list = '${host}:${port}'`,
  );
  const cloner = await copy.connect();
  try {
    await cloner.execute(`CLONE INSTANCE FROM '${user}'@'${host}':${port} IDENTIFIED BY '${password}'`);
  } catch (error) {
    if (!(error instanceof ServerError) || error.errno !== notRestarted) throw error;
  } finally {
    cloner.raw.destroy();
  }
  await copy.restart();
}

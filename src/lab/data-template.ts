import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cachedFolder } from './lab-cache.js';
import { runProgram } from './run-program.js';
import { programCommand, type ServerProgram } from './server-program.js';

const initialiseTimeoutMs = 120_000;
/** The server grows its redo log to its own default when it starts; until then there is less to copy. */
const templateRedoBytes = 8 * 1024 * 1024;

/** In this order, as mariadb-install-db feeds them; newer versions say `mariadb_` where older ones said `mysql_`. */
const mariadbScripts = [
  'mysql_system_tables.sql',
  'mysql_performance_tables.sql',
  'mysql_system_tables_data.sql',
  'fill_help_tables.sql',
  'maria_add_gis_sp_bootstrap.sql',
  'mysql_sys_schema.sql',
];

/**
 * Fills `dataFolder` with a fresh data folder for the program: a copy of one that was initialised once and cached. It has
 * one account, root from anywhere with an empty password, and no server id of its own.
 */
export async function createDataFolder(program: ServerProgram, dataFolder: string): Promise<void> {
  const template =
    program.pristineData ??
    path.join(
      await cachedFolder(await templateName(program), (folder) => initialise(program, folder)),
      'data',
    );
  await cp(template, dataFolder, { recursive: true, mode: constants.COPYFILE_FICLONE });
  // Holds the server's UUID, which no two servers may share.
  await rm(path.join(dataFolder, 'auto.cnf'), { force: true });
}

/** Another build of the server gets a template of its own. */
async function templateName(program: ServerProgram): Promise<string> {
  const { size, mtimeMs } = await stat(program.binary);
  const build = createHash('sha256').update(`${program.binary} ${size} ${mtimeMs}`).digest('hex');
  return `data-${program.flavour}-${build.slice(0, 16)}`;
}

async function initialise(program: ServerProgram, folder: string): Promise<void> {
  const dataFolder = path.join(folder, 'data');
  await mkdir(dataFolder, { mode: 0o700 });
  if (program.bootstrapScripts === null) await initialiseMysql(program, folder, dataFolder);
  else await bootstrapMariadb(program, program.bootstrapScripts, dataFolder);
}

async function initialiseMysql(program: ServerProgram, folder: string, dataFolder: string): Promise<void> {
  const initFile = path.join(folder, 'init.sql');
  await writeFile(initFile, "RENAME USER root@localhost TO root@'%';\n");
  const { command, args } = programCommand(program, [
    `--datadir=${dataFolder}`,
    '--initialize-insecure',
    `--init-file=${initFile}`,
    `--loose-innodb-redo-log-capacity=${templateRedoBytes}`,
  ]);
  await runProgram(command, args, { environment: program.environment, timeoutMs: initialiseTimeoutMs });
}

async function bootstrapMariadb(program: ServerProgram, scripts: string, dataFolder: string): Promise<void> {
  const { command, args } = programCommand(program, [
    `--datadir=${dataFolder}`,
    '--bootstrap',
    '--enforce-storage-engine=',
    '--max-allowed-packet=8M',
    '--net-buffer-length=16K',
  ]);
  const there = new Set(await readdir(scripts));
  const named = (name: string): string => (there.has(name) ? name : name.replace(/^mysql_/, 'mariadb_'));
  const texts = await Promise.all(
    mariadbScripts.map((name) => readFile(path.join(scripts, named(name)), 'utf8')),
  );
  const input = [
    'CREATE DATABASE IF NOT EXISTS mysql;',
    'USE mysql;',
    'SET @auth_root_socket=NULL;',
    ...texts,
    'USE mysql;',
    "DELETE FROM global_priv WHERE User NOT IN ('root', 'mariadb.sys') OR Host <> 'localhost';",
    "UPDATE global_priv SET Host='%' WHERE User='root';",
    '',
  ].join('\n');
  await runProgram(command, args, {
    environment: program.environment,
    timeoutMs: initialiseTimeoutMs,
    input,
  });
}

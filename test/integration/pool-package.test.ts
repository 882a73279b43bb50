import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryFolder } from '../support/repository.js';

/** As an application sees the package: packed, unpacked, and with what it needs beside it. Needs `npm run build`. */
const folder = mkdtempSync(join(tmpdir(), 'tailrace-pool-'));
const modules = join(folder, 'node_modules');

beforeAll(() => {
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
    cwd: repositoryFolder,
    stdio: 'ignore',
  });
  const packed = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  mkdirSync(join(modules, 'tailrace'), { recursive: true });
  execFileSync('tar', [
    '-xzf',
    join(folder, packed!),
    '--strip-components=1',
    '-C',
    join(modules, 'tailrace'),
  ]);
  for (const name of ['mysql2', '@types'])
    symlinkSync(join(repositoryFolder, 'node_modules', name), join(modules, name));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('tailrace/pool can be imported, and loads mysql2 and nothing of the replicator [P26]', () => {
  writeFileSync(
    join(folder, 'loads.js'),
    `import { createRequire } from 'node:module';
     import { createPool, TailraceError } from 'tailrace/pool';
     const pool = createPool({ source: 'mysql://u@127.0.0.1:1', replicas: [], hints: null });
     const token = pool.session().token;
     await pool.end();
     const loaded = Object.keys(createRequire(import.meta.url).cache);
     const packages = new Set(loaded.map((file) => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1]));
     try { createPool({ source: '', replicas: [], hints: null }); } catch (error) {
       console.log(JSON.stringify({ token, code: error instanceof TailraceError && error.code, packages: [...packages] }));
     }`,
  );
  const text = execFileSync(process.execPath, ['loads.js'], { cwd: folder, encoding: 'utf8' });
  const { token, code, packages } = JSON.parse(text) as { token: string; code: string; packages: string[] };
  expect({ token, code }).toEqual({ token: '', code: 'TR_POOL_OPTIONS' });
  expect(packages).toContain('mysql2');
  expect(packages.filter((name) => /zongji|pino|zod|yargs|prom-client|p-queue|yaml/.test(name))).toEqual([]);
});

test('two thousand reads that wait, and many servers that are looked at, bring no warning and keep no process alive', () => {
  writeFileSync(
    join(folder, 'waits.js'),
    `import { createPool } from 'tailrace/pool';
     const replicas = Array.from({ length: 20 }, (_, at) => ({ address: 'mysql://u@127.0.0.1:1', id: 'r' + at }));
     const pool = createPool({ source: 'mysql://u@127.0.0.1:1', replicas, hints: null, probes: { intervalMs: 50 }, checkoutMsMax: 60_000 });
     const given = new AbortController();
     const reads = Array.from({ length: 2_000 }, () => pool.read(() => 0, { signal: given.signal }));
     const outcomes = Promise.allSettled(reads);
     // Until every server was looked at, and refused.
     while (pool.explain().hintsAgeMs === null || pool.counters.waitingNow < 2_000) await new Promise(setImmediate);
     given.abort(new Error('enough'));
     const reasons = new Set((await outcomes).map(({ reason }) => reason?.message));
     await pool.end();
     console.log(JSON.stringify([...reasons]));`,
  );
  const { stdout, stderr, status } = spawnSync(process.execPath, ['waits.js'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 50_000,
    // The options under which tests run are not the application's.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect({ stdout, stderr, status }).toEqual({ stdout: '["enough"]\n', stderr: '', status: 0 });
});

test('its types check a program that uses all of it, and refuse one that is wrong', () => {
  writeFileSync(
    join(folder, 'sample.ts'),
    `import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise';
     import { createPool, type PoolCounters, type PoolExplanation, type ReplicaPool, type ReplicaPoolOptions } from 'tailrace/pool';
     const options: ReplicaPoolOptions = {
       source: { host: 'db1', user: 'app', connectionLimit: 20 },
       replicas: ['mysql://app@db2/shop', { address: 'mysql://app@db3/shop', id: 'db3', zone: 'a', weight: 50 }],
       hints: { urls: ['http://127.0.0.1:9180'], token: 't' },
       zone: 'a',
       sourceReads: { shareMax: 0.2, inFlightMax: 5, beyond: 'refuse' },
     };
     const pool: ReplicaPool = createPool(options);
     pool.on('node', ({ node, up, reason }) => console.log(node.length, up === true, reason));
     const rows: number = await pool.runInSession(undefined, async () => {
       const id: number = await pool.write(async (db) => (await db.query<ResultSetHeader>('INSERT …'))[0].insertId);
       return pool.read(async (db) => (await db.query<RowDataPacket[]>('SELECT …', [id]))[0].length, { maxLagMs: 100 });
     });
     const done: void = await pool.transaction(async (db) => { await db.query('…'); }, { isolation: 'READ COMMITTED' });
     const checkout = await pool.checkout('read', { consistency: 'strong' });
     await checkout.connection.query('…');
     await checkout.release();
     const told: PoolExplanation = pool.explain();
     const counted: PoolCounters = pool.counters;
     const token: string | null = pool.currentToken();
     // @ts-expect-error: there is no such consistency
     await pool.read(() => 0, { consistency: 'sometimes' });
     // @ts-expect-error: where hints come from has to be said, if only null
     createPool({ source: '', replicas: [] });
     await pool.end({ timeoutMs: 1_000 });
     export { counted, done, rows, told, token };`,
  );
  const compilerOptions = {
    target: 'ES2023',
    module: 'NodeNext',
    strict: true,
    skipLibCheck: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: ['node'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['sample.ts'] }));
  const compiler = join(repositoryFolder, 'node_modules/typescript/bin/tsc');
  try {
    execFileSync(process.execPath, [compiler, '-p', folder], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  }
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryFolder } from '../support/repository.js';

/**
 * As an application sees the packages: packed, unpacked into an empty folder, and beside them the dependencies that they name and no
 * other. Needs `npm run build`.
 */
const folder = mkdtempSync(join(tmpdir(), 'tailrace-pool-'));
/** Only the client library; and the replicator, which brings it. */
const alone = join(folder, 'alone');
const whole = join(folder, 'whole');

beforeAll(() => {
  execFileSync(
    'npm',
    [
      'pack',
      '--ignore-scripts',
      '--workspace',
      'tailrace-pool',
      '--include-workspace-root',
      '--pack-destination',
      folder,
    ],
    {
      cwd: repositoryFolder,
      stdio: 'ignore',
    },
  );
  install('tailrace-pool', alone);
  install('tailrace-pool', whole);
  install('tailrace', whole);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function install(name: string, application: string): void {
  const modules = join(application, 'node_modules');
  const packed = readdirSync(folder).find((file) => new RegExp(`^${name}-\\d.*\\.tgz$`).test(file));
  mkdirSync(join(modules, name), { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed!), '--strip-components=1', '-C', join(modules, name)]);
  const { dependencies } = manifestOf(join(modules, name));
  // For the compiler.
  for (const wanted of [...Object.keys(dependencies), '@types/node']) {
    const link = join(modules, wanted);
    if (existsSync(link) || wanted === 'tailrace-pool') continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(repositoryFolder, 'node_modules', wanted), link);
  }
  writeFileSync(join(application, 'package.json'), JSON.stringify({ type: 'module', private: true }));
}

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
}

function manifestOf(unpacked: string): Manifest {
  return JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as Manifest;
}

test.each([
  ['tailrace-pool', alone],
  ['tailrace/pool', whole],
])('%s can be imported, and loads mysql2 and nothing of the replicator [P26]', (name, application) => {
  writeFileSync(
    join(application, 'loads.js'),
    `import { createRequire } from 'node:module';
     import { createPool, TailraceError } from '${name}';
     const pool = createPool({ source: 'mysql://u@127.0.0.1:1', replicas: [], hints: null });
     const token = pool.session().token;
     await pool.end();
     const loaded = Object.keys(createRequire(import.meta.url).cache);
     const packages = new Set(loaded.map((file) => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1]));
     try { createPool({ source: '', replicas: [], hints: null }); } catch (error) {
       console.log(JSON.stringify({ token, code: error instanceof TailraceError && error.code, packages: [...packages] }));
     }`,
  );
  const text = execFileSync(process.execPath, ['loads.js'], { cwd: application, encoding: 'utf8' });
  const { token, code, packages } = JSON.parse(text) as { token: string; code: string; packages: string[] };
  expect({ token, code }).toEqual({ token: '', code: 'TR_POOL_OPTIONS' });
  expect(packages).toContain('mysql2');
  expect(packages.filter((name) => /zongji|pino|zod|yargs|prom-client|p-queue|yaml/.test(name))).toEqual([]);
});

test('the client library needs mysql2 and nothing else, and is the same under both names', () => {
  const own = manifestOf(join(alone, 'node_modules/tailrace-pool'));
  const outer = manifestOf(join(whole, 'node_modules/tailrace'));
  expect(Object.keys(own.dependencies)).toEqual(['mysql2']);
  expect(outer.dependencies['tailrace-pool']).toBe(own.version);
  const paths = Object.keys(own.exports).filter((path) => path !== './package.json');
  expect(paths).toHaveLength(9);
  writeFileSync(
    join(whole, 'names.js'),
    paths
      .map((path) => path.slice(1))
      .map(
        (
          path,
        ) => `const own = await import('tailrace-pool${path}'), outer = await import('tailrace/pool${path}');
        for (const name of Object.keys({ ...own, ...outer })) console.log('${path}', name, own[name] === outer[name]);`,
      )
      .map((code) => `{ ${code} }`)
      .join('\n'),
  );
  const lines = execFileSync(process.execPath, ['names.js'], { cwd: whole, encoding: 'utf8' })
    .trim()
    .split('\n');
  expect(lines.length).toBeGreaterThanOrEqual(paths.length);
  expect(lines.filter((line) => !line.endsWith(' true'))).toEqual([]);
});

test('the replicator starts with what its package brings', () => {
  const program = join(whole, 'node_modules/tailrace/bin/tailrace.js');
  const run = (...args: string[]): string =>
    execFileSync(process.execPath, [program, ...args], { cwd: whole, encoding: 'utf8' });
  expect(run('--version')).toBe(`${manifestOf(join(whole, 'node_modules/tailrace')).version}\n`);
  expect(run('catchup', '--help')).toContain('--source');
});

test('two thousand reads that wait, and many servers that are looked at, bring no warning and keep no process alive', () => {
  writeFileSync(
    join(alone, 'waits.js'),
    `import { createPool } from 'tailrace-pool';
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
    cwd: alone,
    encoding: 'utf8',
    timeout: 50_000,
    // The options under which tests run are not the application's.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect({ stdout, stderr, status }).toEqual({ stdout: '["enough"]\n', stderr: '', status: 0 });
});

test.each([
  ['tailrace-pool', alone],
  ['tailrace/pool', whole],
])(
  'the types of %s check a program that uses all of it, and refuse one that is wrong',
  (name, application) => {
    writeFileSync(
      join(application, 'sample.ts'),
      `import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise';
     import { createPool, type PoolCounters, type PoolExplanation, type ReplicaPool, type ReplicaPoolOptions } from '${name}';
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
    writeFileSync(
      join(application, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['sample.ts'] }),
    );
    const compiler = join(repositoryFolder, 'node_modules/typescript/bin/tsc');
    try {
      execFileSync(process.execPath, [compiler, '-p', application], { cwd: application, encoding: 'utf8' });
    } catch (error) {
      throw new Error((error as { stdout: string }).stdout, { cause: error });
    }
  },
);

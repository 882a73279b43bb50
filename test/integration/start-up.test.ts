import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { repositoryFolder } from '../support/repository.js';

/**
 * What a command loads decides how long it takes to start, and is the same on every machine. Needs `npm run build`: the built program says
 * in comments which file each of its parts was made of.
 */
const program = join(repositoryFolder, 'bin/tailrace.js');
const folder = mkdtempSync(join(tmpdir(), 'tailrace-start-up-'));
const listFile = join(folder, 'loaded');
const hook = join(folder, 'hook.mjs');

beforeAll(() => {
  const hooks = `
    import { appendFileSync } from 'node:fs';
    export async function load(url, context, next) {
      if (url.startsWith('file:')) appendFileSync(${JSON.stringify(listFile)}, url + '\\n');
      return next(url, context);
    }`;
  writeFileSync(
    hook,
    `import { register } from 'node:module'; register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Loaded {
  readonly files: readonly string[];
  /** Packages that are part of these files. */
  readonly packages: readonly string[];
  /** Folders of src, and files of it, that are part of them. */
  readonly sources: readonly string[];
  readonly bytes: number;
}

function loadedBy(...args: string[]): Loaded {
  writeFileSync(listFile, '');
  spawnSync(process.execPath, ['--import', pathToFileURL(hook).href, program, ...args], {
    env: { ...process.env, NODE_OPTIONS: '' },
    encoding: 'utf8',
  });
  const urls = readFileSync(listFile, 'utf8').trim().split('\n');
  const paths = urls.map((url) => fileURLToPath(url)).filter((path) => path !== hook);
  const texts = paths.map((path) => readFileSync(path, 'utf8'));
  const parts = texts.flatMap((text) =>
    [...text.matchAll(/^ *\/\/ ((?:node_modules|src)\/\S+)$/gm)].map((match) => match[1] ?? ''),
  );
  const packages = parts.flatMap(
    (part) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/[^@]*$/.exec(part)?.[1] ?? [],
  );
  return {
    files: paths.map((path) => basename(path)),
    packages: [...new Set(packages)].sort(),
    sources: [...new Set(parts.filter((part) => part.startsWith('src/')))].sort(),
    bytes: texts.reduce((sum, text) => sum + text.length, 0),
  };
}

const parserOfTheCommandLine = [
  'cliui',
  'escalade',
  'get-caller-file',
  'wrap-ansi',
  'y18n',
  'yargs',
  'yargs-parser',
];

describe('what is loaded', () => {
  test('for --version: nothing but the errors', () => {
    const { packages, sources, bytes } = loadedBy('--version');
    expect(packages).toEqual([]);
    expect([...new Set(sources.map((path) => path.split('/')[1]))]).toEqual(['cli', 'errors']);
    expect(bytes).toBeLessThan(100_000);
  });

  test.each([
    [['--help']],
    [['catchup', '--help']],
    [['run', '--help']],
    [['verify', '--help']],
    [[]],
    [['no-such-command']],
  ])('for %j: the parser of the command line and no command', (args) => {
    const { packages, sources, bytes } = loadedBy(...args);
    expect(packages).toEqual(expect.arrayContaining(['yargs', 'yargs-parser']));
    const others = packages.filter(
      (name) => !parserOfTheCommandLine.includes(name) && !/^(ansi|emoji|strip|string|get-east)-/.test(name),
    );
    expect(others).toEqual([]);
    // Its tables of wide characters take as long as all the rest.
    expect(packages).not.toContain('string-width');
    expect(sources.filter((path) => /^src\/cli\/.*-command\.ts$/.test(path))).toEqual([]);
    expect(bytes).toBeLessThan(400_000);
  });

  test('for catchup: the link, and neither the endpoint nor another command', () => {
    const servers = ['--source', 'mysql://u@127.0.0.1:1', '--replica', 'mysql://u@127.0.0.1:2'];
    const { packages, sources, files } = loadedBy('catchup', ...servers);
    expect(sources).toEqual(expect.arrayContaining(['src/link/link.ts', 'src/preflight/preflight.ts']));
    expect(packages).toEqual(expect.arrayContaining(['mysql2', 'zod']));
    expect(
      packages.filter((name) => /^(prom-client|@opentelemetry|tdigest|uplot|testcontainers)/.test(name)),
    ).toEqual([]);
    // The configuration knows the limits and defaults of the others, which are data.
    const ofOthers = sources.filter((path) => /^src\/(endpoint|server|lab|verify|pool|skip)\//.test(path));
    expect(ofOthers.filter((path) => !/\/(listen-address|[a-z]+-settings)\.ts$/.test(path))).toEqual([]);
    expect(sources.filter((path) => /^src\/cli\/.*-command\.ts$/.test(path))).toEqual([
      'src/cli/catchup-command.ts',
    ]);
    // Each file costs time to find and to compile.
    expect(files.length).toBeLessThan(30);
  });
});

test('the program can be read: a stack names functions as they are in the sources', () => {
  const script = `import ${JSON.stringify(pathToFileURL(join(repositoryFolder, 'dist/cli/main.js')).href)};`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', script]);
  const text = readFileSync(join(repositoryFolder, 'dist/cli/main.js'), 'utf8');
  expect(text).toContain('// src/cli/main.ts\n');
  expect(text).toContain('async function main(argv) {\n');
});

import { posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { errorCatalogue } from '../../src/errors/error-catalogue.js';
import { readRepositoryFile, repositoryFiles } from '../support/repository.js';

const linesMax = 400;
const files = repositoryFiles();
const sources = files.filter((path) => /^(src|tools|bin|test\/support)\/.*\.(ts|js)$/.test(path));
const tests = files.filter((path) => /^test\/.*\.ts$/.test(path) && path !== 'test/unit/style.test.ts');
/** Written by hand and read by people; neither captures of servers nor what npm writes. */
const texts = files.filter(
  (path) => !path.endsWith('.bin') && path !== 'package-lock.json' && path !== 'test/unit/style.test.ts',
);

/** `path:line: text` of every line that matches. */
function lines(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    readRepositoryFile(path)
      .split('\n')
      .flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
  );
}

describe('files', () => {
  test(`have at most ${linesMax} lines`, () => {
    const long = sources.filter((path) => readRepositoryFile(path).split('\n').length - 1 > linesMax);
    expect(long).toEqual([]);
  });

  test('are named in kebab-case after what they hold', () => {
    const named = /^([a-z0-9]+(-[a-z0-9]+)*(\.test)?\.(ts|js|mjs|bin)|README\.md|(tsconfig|package)\.json)$/;
    const code = files.filter((path) => /^(src|tools|bin|test)\//.test(path));
    expect(
      code.filter((path) => path.split('/').some((part, at, all) => !isKebab(part, at, all, named))),
    ).toEqual([]);
    const vague = /^(utils?|helpers?|common|types|misc|shared|index)\.ts$/;
    expect(code.filter((path) => vague.test(path.split('/').at(-1) ?? ''))).toEqual([]);
  });

  test('import what is compiled: relative imports end in .js', () => {
    expect(lines([...sources, ...tests], /\bfrom '\.{1,2}\/(?!.*\.(js|json)')/)).toEqual([]);
  });

  test('of the program import nothing from the tools or the tests', () => {
    const program = sources.filter((path) => /^(src|bin)\//.test(path));
    expect(program.length).toBeGreaterThan(300);
    expect(lines(program, /(from|import|import\()\s*['"`][^'"`]*\/(tools|test|build)\//)).toEqual([]);
  });
});

function isKebab(part: string, at: number, all: readonly string[], named: RegExp): boolean {
  return at === all.length - 1 ? named.test(part) : /^[a-z0-9]+(-[a-z0-9]+)*$/.test(part);
}

describe('texts', () => {
  test('no test is left out or alone', () => {
    expect(
      lines(
        tests,
        /\b(test|it|describe)\.(only|skip|todo|failing)\b|\b(xit|xtest|xdescribe|fit|fdescribe)\(/,
      ),
    ).toEqual([]);
  });

  test('nothing is left to be done later, and no check is switched off', () => {
    expect(lines([...sources, ...tests], /\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
    expect(
      lines([...sources, ...tests], /@ts-(ignore|nocheck)|eslint-disable(?!-next-line \S+ -- )/),
    ).toEqual([]);
  });

  test('no registry and no mirror is named, and no folder of one machine', () => {
    expect(
      lines(
        texts,
        /\bregistry\.[a-z]+\.|\bnpmjs\.|\b(ftp|deb|security|mirror|mirrors)\.[a-z]+\.(org|com|net|de)\b/,
      ),
    ).toEqual([]);
    expect(lines(texts, /(?<![\w.$`}])\/(work|tmp|home|root)\/[\w.-]/)).toEqual([]);
  });

  test('a source is a source, and a replica a replica', () => {
    // The old words stand only where old servers must be spoken to: in SQL, status columns and variables; and in TypeORM's option.
    const old = /\b(masters?|slaves?)\b/;
    const allowed = /[_-](master|slave)|(master|slave)[_-]|DISABLE ON SLAVE|\breplication = \{ master/i;
    expect(lines(texts, old).filter((line) => !allowed.test(line))).toEqual([]);
  });
});

describe('pages', () => {
  test('have lines of at most 125 characters, but for tables, links and what programs write', () => {
    // The bench writes its figures itself.
    const written = /^docs\/bench\/(endpoint|results)\.md$/;
    const pages = files.filter((path) => path.endsWith('.md') && !written.test(path));
    const long = pages.flatMap((path) =>
      readRepositoryFile(path)
        .replace(/<!-- figures begin[^]*<!-- figures end -->/, (figures) => figures.replaceAll(/[^\n]/g, ''))
        .split('\n')
        .flatMap((line, at) => (widthOf(line) > 125 ? [`${path}:${at + 1}`] : [])),
    );
    expect(long).toEqual([]);
  });
});

/** Without the targets of links; a row of a table is as wide as it has to be. */
function widthOf(line: string): number {
  return line.startsWith('|') ? 0 : line.replaceAll(/\]\([^)]*\)/g, ']').length;
}

describe('error codes', () => {
  const code = /\bTR_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g;
  const known = new Set(Object.keys(errorCatalogue));
  const inFile = (path: string): string[] => readRepositoryFile(path).match(code) ?? [];

  test('every code is used', () => {
    const users = sources.filter(
      (path) => /^(src|tools)\//.test(path) && path !== 'src/errors/error-catalogue.ts',
    );
    const used = new Set(users.flatMap(inFile));
    expect([...known].filter((name) => !used.has(name))).toEqual([]);
  });

  test('every code that is named anywhere is in the catalogue', () => {
    const named = texts.flatMap((path) => inFile(path).map((name) => ({ path, name })));
    expect(named.filter(({ name }) => !known.has(name))).toEqual([]);
  });
});

describe('rooms', () => {
  const importLine = /^(?:import|export) (type )?[^;]*?from '(\.[^']+)';/gm;
  const code = sources.filter((path) => path.startsWith('src/') && path.endsWith('.ts'));
  const importsOf = (path: string, withTypes: boolean): string[] =>
    [...readRepositoryFile(path).matchAll(importLine)]
      .filter(([, isType]) => withTypes || isType === undefined)
      .map(([, , target = '']) => posix.join(posix.dirname(path), target).replace(/\.js$/, '.ts'))
      .filter((target) => code.includes(target));
  const room = (path: string): string => path.split('/')[1] ?? '';

  test('no import runs upwards in the list of src/README.md, which names every room', () => {
    const listed = [...readRepositoryFile('src/README.md').matchAll(/^\| `([a-z-]+)` \|/gm)];
    const order = listed.map(([, name = '']) => name);
    expect([...new Set(code.map(room))].sort()).toEqual([...order].sort());
    const upwards = code.flatMap((path) =>
      importsOf(path, true)
        .filter((target) => order.indexOf(room(target)) > order.indexOf(room(path)))
        .map((target) => `${path} imports ${target}`),
    );
    expect(upwards).toEqual([]);
  });

  test('no file needs itself, by way of what it imports', () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' → '));
      if (done.has(path) || way.includes(path)) return;
      for (const target of importsOf(path, false)) visit(target, [...way, path]);
      done.add(path);
    };
    for (const path of code) visit(path, []);
    expect(circles).toEqual([]);
  });
});

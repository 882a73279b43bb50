import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import { type UnpackedProgram, unpackDebianProgram } from '../../src/lab/debian-program.js';

/** Where Debian's package keeps the test files and the program that runs them. */
const testFolder = 'usr/lib/mysql-test';

/** MySQL's test files and their runner, unpacked. */
export interface TestSuite {
  readonly runner: UnpackedProgram;
  /** The folder that the test files' own paths start from. */
  readonly folder: string;
  /** Where the clients are that test files call. */
  readonly clientFolder: string;
  readonly charsetFolder: string;
}

/** One test file. */
export interface TestFile {
  readonly suite: string;
  /** Without `.test`. */
  readonly name: string;
  /** Its folder, from the suite's folder on. */
  readonly folder: string;
  /** What else lies beside it, such as its options. */
  readonly neighbours: ReadonlySet<string>;
}

/** Unpacks the package of test files into the lab's cache, once: 340 MB to fetch, 780 MB on the disk. Errors: TR_LAB_NO_PROGRAM. */
export async function findTestSuite(log: (line: string) => void): Promise<TestSuite> {
  const runner = await unpackDebianProgram({
    names: ['mysql-testsuite'],
    suite: 'sid',
    extent: 'whole',
    program: `${testFolder}/bin/mysqltest`,
    log,
  });
  return {
    runner,
    folder: path.join(runner.root, testFolder),
    clientFolder: path.join(runner.root, 'usr/bin'),
    charsetFolder: path.join(runner.root, 'usr/share/mysql/charsets'),
  };
}

/** The test files of a suite in the order of their names. Errors: TR_CONFIG_INVALID if there is no such suite. */
export async function listTestFiles(tests: TestSuite, suite: string): Promise<TestFile[]> {
  const folder = suite === 'main' ? 't' : `suite/${suite}/t`;
  const names = await readdir(path.join(tests.folder, folder)).catch((error: unknown) => {
    throw new TailraceError('TR_CONFIG_INVALID', {
      what: `MySQL has no suite of test files ${suite}.`,
      cure: `Name main, or one of the folders in ${path.join(tests.folder, 'suite')}.`,
      cause: error,
    });
  });
  const neighbours = new Set(names);
  return names
    .filter((name) => name.endsWith('.test'))
    .map((name) => ({ suite, name: name.slice(0, -'.test'.length), folder, neighbours }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

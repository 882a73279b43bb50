import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestFile, TestSuite } from './test-suite.js';
import type { TestWorkspace } from './test-workspace.js';

const outputCharactersMax = 4_000;
/** mysqltest's own exit code for a test that finds that it cannot be run here. */
const skippedCode = 62;

/** How mysqltest ended. That it `broke off` at a statement says nothing of replication: what came before was written. */
export interface TestRun {
  readonly end: 'whole' | 'broke off' | 'skipped itself' | 'out of time';
  /** The last that mysqltest said, where it did not come to the end. */
  readonly said: string;
}

/** None of them, nor what they start, may outlive this process. */
const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) killGroup(child);
});

/** Runs one file; its results are not looked at. It is killed after `secondsMax`. */
export async function runTestFile(
  tests: TestSuite,
  workspace: TestWorkspace,
  file: TestFile,
  secondsMax: number,
): Promise<TestRun> {
  const { runner, charsetFolder } = tests;
  const wrapper = path.join(workspace.folder, 'wrapped.test');
  // What a server with GTIDs refuses, such as CREATE TABLE ... SELECT into MyISAM, shall not end the file.
  await writeFile(wrapper, `--disable_abort_on_error\n--source ${file.folder}/${file.name}.test\n`);
  const [command = runner.binary, ...args] = [
    ...runner.loader,
    runner.binary,
    `--defaults-file=${workspace.optionFile}`,
    '--silent',
    `--tmpdir=${path.join(workspace.folder, 'var/tmp')}`,
    `--logdir=${path.join(workspace.folder, 'var/log')}`,
    `--character-sets-dir=${charsetFolder}`,
    '--database=test',
    `--test-file=${wrapper}`,
  ];
  const child = spawn(command, args, {
    cwd: workspace.folder,
    env: { PATH: process.env['PATH'], HOME: workspace.folder, ...workspace.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, to be killed with whatever the test has started.
    detached: true,
  });
  alive.add(child);
  let said = '';
  child.stderr
    .setEncoding('latin1')
    .on('data', (text: string) => (said = (said + text).slice(-outputCharactersMax)));
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killGroup(child);
  }, secondsMax * 1_000);
  await once(child, 'exit');
  clearTimeout(timer);
  killGroup(child);
  alive.delete(child);
  if (isLate) return { end: 'out of time', said };
  if (child.exitCode === 0) return { end: 'whole', said: '' };
  return { end: child.exitCode === skippedCode ? 'skipped itself' : 'broke off', said };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

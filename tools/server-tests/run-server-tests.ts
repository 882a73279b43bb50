import { rmSync } from 'node:fs';
import { appendFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type FileOutcome, outcomeOf, passedOver } from './file-outcome.js';
import { judgeFile } from './judge-file.js';
import { LabKeeper } from './lab-keeper.js';
import { outcomeTable } from './outcome-table.js';
import { reasonToPassOver } from './pass-over.js';
import { endTestSessions } from './restore-source.js';
import { runTestFile } from './run-test-file.js';
import type { ServerTestsOptions } from './server-tests-options.js';
import { findTestSuite, listTestFiles, type TestFile, type TestSuite } from './test-suite.js';
import { readWholeText } from './whole-text.js';

/**
 * Runs the files of a suite until the time is up, and writes what came of each; true if there was no finding. Lines for a
 * person go to `say`.
 */
export async function runServerTests(
  options: ServerTestsOptions,
  say: (line: string) => void,
): Promise<boolean> {
  const end = performance.now() + options.seconds * 1_000;
  const tests = await findTestSuite(say);
  const files = (await listTestFiles(tests, options.suite)).filter(({ name }) => options.match.test(name));
  const report = path.join(options.folder, `server-tests-${options.suite.replace('/', '-')}.jsonl`);
  await writeFile(report, '');
  const outcomes: FileOutcome[] = [];
  const folder = await mkdtemp(path.join(tmpdir(), 'tailrace-server-tests-'));
  // Ctrl-C ends the process without coming by below.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const labs = new LabKeeper(tests, folder, options.binlogFormat);
  try {
    for (const [at, file] of files.entries()) {
      if (performance.now() > end) break;
      const outcome = await oneFile(tests, labs, file, options);
      outcomes.push(outcome);
      await appendFile(report, `${JSON.stringify(outcome)}\n`);
      if (outcome.verdict !== 'passed over') say(line(outcome, `${at + 1} of ${files.length}`));
    }
  } finally {
    await labs.remove();
  }
  say(
    `\n${outcomeTable(outcomes)}\n\nOf ${files.length} files ${outcomes.length} were looked at; all of it is in ${report}`,
  );
  return outcomes.every(({ verdict }) => verdict !== 'finding');
}

function line(
  { name, verdict, reasons, run, transactions, stops, seconds }: FileOutcome,
  count: string,
): string {
  const what = `${count}: ${name}: ${verdict}, ${transactions} transactions, ${stops} stops, ${seconds.toFixed(1)} s`;
  const end = run === null || run.end === 'whole' ? '' : `, ${run.end}`;
  return [what + end, ...(verdict === 'alike' ? [] : reasons)].join('\n  ');
}

async function oneFile(
  tests: TestSuite,
  labs: LabKeeper,
  file: TestFile,
  options: ServerTestsOptions,
): Promise<FileOutcome> {
  const text = await readWholeText(tests.folder, path.join(file.folder, `${file.name}.test`));
  const reason = reasonToPassOver(file, text);
  if (reason !== null) return passedOver(file, reason);
  const startMs = performance.now();
  const lab = await labs.get();
  const run = await runTestFile(tests, lab.servers.workspace, file, options.fileSeconds);
  const known: FileOutcome = { ...outcomeOf(file), run };
  const seconds = (): number => (performance.now() - startMs) / 1_000;
  try {
    if (!lab.servers.onSource.usable) throw new Error('the source has ended, or dropped its sessions');
    await endTestSessions(lab.servers.onSource);
    const judgement = await judgeFile(lab.servers, lab.from, options.stopsMax);
    const left = await labs.tidy(judgement.verdict === 'alike' || judgement.verdict === 'wrote nothing');
    const found: Partial<FileOutcome> = left.length === 0 ? {} : { verdict: 'finding', reasons: left };
    return { ...known, ...judgement, ...found, seconds: seconds() };
  } catch (error) {
    await labs.drop();
    return {
      ...known,
      verdict: 'passed over',
      reasons: [`could not be judged: ${(error as Error).message}`],
      seconds: seconds(),
    };
  }
}

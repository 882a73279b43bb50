import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { describeEnvironment } from '../bench-environment.js';
import type { BenchEnvironment } from '../bench-results.js';
import { serverVersion } from '../server-version.js';
import { type CheckRunOptions, runCheck } from './check-run.js';
import { EndpointLab } from './endpoint-lab.js';
import type { EndpointOptions, EndpointPart } from './endpoint-options.js';
import { endpointPage } from './endpoint-page.js';
import type { EndpointResults, PartResults } from './endpoint-results.js';
import { runFailover } from './failover-run.js';
import { runLatency } from './latency-run.js';
import { pairsLine, PairsRun, type PairsResult } from './pairs-run.js';
import { repositoryFile } from '../../repository-file.js';

type Note = (line: string) => void;

const replicas = 3;
/** For control: few are enough to see that some are stale. */
const controlShare = 0.05;
/** A pause of the machine spoils a run of seconds: the median of some counts. */
const checkRepeats = 5;
/** Commits a second on the source: hints that change now and then, and a daemon that has transactions to apply as well. */
const writesQuiet = 10;
const writesBusy = 100;

/** Runs the parts that were chosen. Errors: TR_BENCH_CONTENDER_FAILED, those of the lab. */
export async function runEndpoint(
  options: EndpointOptions,
  argv: readonly string[],
  note: Note,
): Promise<EndpointResults> {
  const { daemonCore, seed } = options;
  if (daemonCore !== null) leaveCore(daemonCore);
  const mysql = await serverVersion(note);
  const describe = (): Promise<BenchEnvironment> =>
    describeEnvironment(mysql, argv, { scale: 1, seed }, 'npm run bench:endpoint');
  let results: EndpointResults = {};
  const run = async <Part extends EndpointPart>(
    part: Part,
    measure: () => Promise<PartResults[Part]>,
  ): Promise<void> => {
    if (!options.parts.has(part)) return;
    note(part);
    const measured = await measure();
    results = { ...results, [part]: { environment: await describe(), results: measured } };
  };
  await run('check', () => runChecks(options, note));
  await run('memory', () => runMemory(options, note));
  await run('latency', () => runLatency(options, note));
  await run('pairs', () => runPairs(options, note));
  await run('failover', () => withLab((lab) => runFailover(lab, note)));
  return results;
}

/** Writes docs/bench/endpoint.json and endpoint.md; parts that did not run stay as they were. */
export async function writeEndpointDocs(results: EndpointResults): Promise<void> {
  const json = repositoryFile('docs/bench/endpoint.json');
  const before = JSON.parse(await readFile(json, 'utf8').catch(() => '{}')) as EndpointResults;
  const all = { ...before, ...results };
  await writeFile(json, `${JSON.stringify(all, null, 2)}\n`);
  await writeFile(new URL('endpoint.md', json), endpointPage(all));
}

function runChecks({ seconds, listeners, ratePerSecond, daemonCore }: EndpointOptions, note: Note) {
  const same = { seconds, listeners };
  const atRate = (writesPerSecond: number): CheckRunOptions[] =>
    Array.from({ length: checkRepeats }, () => ({ ...same, ratePerSecond, writesPerSecond }));
  return runCheck(
    [
      ...atRate(writesQuiet),
      ...atRate(writesBusy),
      { ...same, ratePerSecond: null, writesPerSecond: writesBusy },
    ],
    daemonCore,
    note,
  );
}

function runMemory({ memorySeconds, listeners, ratePerSecond, daemonCore }: EndpointOptions, note: Note) {
  return runCheck(
    [{ seconds: memorySeconds, listeners, ratePerSecond, writesPerSecond: writesBusy }],
    daemonCore,
    note,
  );
}

async function runPairs(
  { pairs, workers, seed }: EndpointOptions,
  note: Note,
): Promise<readonly PairsResult[]> {
  const control = Math.ceil(pairs * controlShare);
  const tasks = [
    { consistency: 'session', pairs },
    { consistency: 'strong', pairs },
    { consistency: 'eventual', pairs: control },
  ] as const;
  return withLab(async (lab) => {
    const results: PairsResult[] = [];
    for (const task of tasks) {
      note(`${task.pairs} pairs, ${task.consistency}`);
      const result = await new PairsRun(lab, { ...task, workers, seed, troubles: null }).run();
      note(pairsLine(result));
      results.push(result);
    }
    return results;
  });
}

async function withLab<T>(use: (lab: EndpointLab) => Promise<T>): Promise<T> {
  const lab = await EndpointLab.start({ replicas });
  try {
    return await use(lab);
  } finally {
    await lab.stop();
  }
}

/**
 * Keeps this process, and what it starts from now on, to the other cores.
 */
function leaveCore(core: number): void {
  const others = cpus().flatMap((_, at) => (at === core ? [] : [at]));
  execFileSync('taskset', ['-a', '-c', '-p', others.join(','), String(process.pid)], { stdio: 'ignore' });
}

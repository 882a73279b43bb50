import { mkdir, writeFile } from 'node:fs/promises';
import { describeEnvironment } from './bench-environment.js';
import type { BenchOptions } from './bench-options.js';
import type { BenchResults } from './bench-results.js';
import { planFollow, runFollow } from './follow-runs.js';
import { planMemory, runMemory } from './memory-runs.js';
import { planPartitions, runPartitions } from './partition-matrix.js';
import { PlannedProgress } from './planned-progress.js';
import { resultsChart } from './results-chart.js';
import { resultsPage } from './results-text.js';
import { serverVersion } from './server-version.js';
import { planWorkloads, runWorkloads } from './workload-rounds.js';
import { repositoryFile } from '../repository-file.js';

/** Runs the parts that were chosen. Errors: TR_BENCH_CONTENDER_FAILED, TR_BENCH_DATA_DIFFERS, those of the lab. */
export async function runBench(
  options: BenchOptions,
  argv: readonly string[],
  write: (line: string) => void,
): Promise<BenchResults> {
  const progress = new PlannedProgress(write);
  const { parts } = options;
  if (parts.has('workloads')) planWorkloads(options, progress);
  if (parts.has('partitions')) planPartitions(progress);
  if (parts.has('memory')) planMemory(progress);
  if (parts.has('follow')) planFollow(progress);
  const environment = await describeEnvironment(await serverVersion(progress.note), argv, options);
  return {
    environment,
    workloads: parts.has('workloads') ? await runWorkloads(options, progress) : [],
    partitions: parts.has('partitions') ? await runPartitions(options, progress) : [],
    memory: parts.has('memory') ? await runMemory(options, progress) : [],
    follow: parts.has('follow') ? await runFollow(options, progress) : [],
  };
}

/** Writes the results where the options say. */
export async function writeResults(results: BenchResults, options: BenchOptions): Promise<void> {
  const json = `${JSON.stringify(results, null, 2)}\n`;
  if (options.jsonFile !== null) await writeFile(options.jsonFile, json);
  if (options.svgFile !== null) await writeFile(options.svgFile, resultsChart(results));
  if (!options.writeDocs) return;
  const folder = repositoryFile('docs/bench/');
  await mkdir(folder, { recursive: true });
  await writeFile(new URL('results.json', folder), json);
  await writeFile(new URL('results.md', folder), resultsPage(results));
  if (results.workloads.length > 0) await writeFile(new URL('results.svg', folder), resultsChart(results));
}

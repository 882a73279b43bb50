import { readCommandLine, requireNumber, requireWholeNumber, toolParser } from '../lab/tool-command-line.js';
import type { Workload } from './workloads/workload.js';
import { workloads } from './workloads/workload-list.js';

/** What a run of the bench measures. */
export const benchParts = ['workloads', 'partitions', 'memory', 'follow'] as const;
export type BenchPart = (typeof benchParts)[number];

export interface BenchOptions {
  readonly parts: ReadonlySet<BenchPart>;
  readonly workloads: readonly Workload[];
  /** Rounds of the workloads; every other part runs once. */
  readonly rounds: number;
  /** Multiplies the number of transactions; 1 for figures that count. */
  readonly scale: number;
  readonly seed: number;
  /** Length of each follow run. */
  readonly followSeconds: number;
  readonly jsonFile: string | null;
  readonly svgFile: string | null;
  readonly writeDocs: boolean;
}

const roundsMax = 50;
const followSecondsMax = 600;

/** Reads the command line of `npm run bench`; null: help was asked for and printed. Errors: TR_CONFIG_INVALID with every mistake. */
export function parseBenchOptions(argv: readonly string[]): Promise<BenchOptions | null> {
  return readCommandLine('bench', commandLine(argv), (parsed, mistakes) => {
    const chosen = chooseWorkloads(parsed.only, mistakes);
    requireWholeNumber('rounds', parsed.rounds, [1, roundsMax], mistakes);
    requireNumber('scale', parsed.scale, [0.001, 100], mistakes);
    requireNumber('seed', parsed.seed, [0, Number.MAX_SAFE_INTEGER], mistakes);
    requireNumber('follow-seconds', parsed['follow-seconds'], [1, followSecondsMax], mistakes);
    return {
      parts: chooseParts(parsed, parsed.only !== undefined),
      workloads: chosen,
      rounds: parsed.rounds,
      scale: parsed.scale,
      seed: parsed.seed,
      followSeconds: parsed['follow-seconds'],
      jsonFile: parsed.json ?? null,
      svgFile: parsed.svg ?? null,
      writeDocs: parsed['write-docs'],
    };
  });
}

function commandLine(argv: readonly string[]) {
  const part = (describe: string) => ({ type: 'boolean', default: false, describe }) as const;
  return toolParser('bench', argv)
    .usage(
      '$0 [options]\n\nMeasures tailrace beside MySQL’s own replica on real servers. Without a choice, all parts run.',
    )
    .option('workloads', part('Run the workloads: rounds of native, native tuned and tailrace'))
    .option('partitions', part('Run every partition with 1, 2, 4 and 8 lanes on the mixed workload'))
    .option('memory', part('Measure peak memory, for a binary log and for one ten times as long'))
    .option('follow', part('Measure commit on the source to visible on the replica, at 100 and 500 a second'))
    .option('only', {
      type: 'string',
      describe: `Only these workloads, with commas: ${workloads.map(({ name }) => name).join(', ')}`,
    })
    .option('rounds', { type: 'number', default: 3, describe: 'Rounds of each workload; medians are shown' })
    .option('scale', {
      type: 'number',
      default: 1,
      describe: 'Multiplies the transactions; 0.1 for a quick look',
    })
    .option('seed', { type: 'number', default: 1, describe: 'Another seed gives other rows' })
    .option('follow-seconds', { type: 'number', default: 15, describe: 'Length of each follow run' })
    .option('json', { type: 'string', requiresArg: true, describe: 'Write all figures to this file' })
    .option('svg', { type: 'string', requiresArg: true, describe: 'Draw the workloads into this file' })
    .option('write-docs', part('Write docs/bench/results.json, results.md and results.svg'))
    .example('$0 --only mixed,inserts --scale 0.1 --rounds 1', 'a quick look')
    .example('$0 --write-docs', 'the whole bench, into the documentation');
}

function chooseWorkloads(only: string | undefined, mistakes: string[]): readonly Workload[] {
  if (only === undefined) return workloads;
  const names = only.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !workloads.some((workload) => workload.name === name));
  if (unknown.length > 0) mistakes.push(`--only names no workload: ${unknown.join(', ')}.`);
  return workloads.filter(({ name }) => names.includes(name));
}

/** `--only` alone means the workloads; no choice at all means everything. */
function chooseParts(chosen: Record<BenchPart, boolean>, only: boolean): ReadonlySet<BenchPart> {
  const parts = benchParts.filter((part) => chosen[part] || (part === 'workloads' && only));
  return new Set(parts.length > 0 ? parts : benchParts);
}

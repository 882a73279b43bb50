import { defaultLinkSettings } from '../../src/config/resolve-config.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import type { BenchOptions } from './bench-options.js';
import {
  type ContenderName,
  type LinkFigures,
  type RoundResult,
  type WorkloadResult,
} from './bench-results.js';
import { type FilledSource, startFilledSource, startReplica } from './bench-servers.js';
import { catchUpNatively, configureNativeReplication, tunedReplicaSettings } from './native-replica.js';
import type { PlannedProgress } from './planned-progress.js';
import { requireEqualData } from './require-equal-data.js';
import { catchUpWithTailrace } from './tailrace-replica.js';
import { contenderOrder } from './workload-summary.js';
import type { Workload } from './workloads/workload.js';

/** Rough cost of one contender's turn and of filling a source, in the unit of the time-left estimate. */
const contenderWeights: Readonly<Record<ContenderName, number>> = { native: 5, tuned: 3, tailrace: 2 };
const fillWeight = 4;

interface Turn {
  readonly seconds: number;
  readonly link: LinkFigures | null;
}

export function planWorkloads(options: BenchOptions, progress: PlannedProgress): void {
  const turns = Object.values(contenderWeights).reduce((sum, weight) => sum + weight, 0);
  progress.plan(options.workloads.length * (fillWeight + options.rounds * turns));
}

/** All rounds of all workloads. Errors: TR_BENCH_CONTENDER_FAILED, TR_BENCH_DATA_DIFFERS, those of the lab. */
export async function runWorkloads(
  options: BenchOptions,
  progress: PlannedProgress,
): Promise<WorkloadResult[]> {
  const results: WorkloadResult[] = [];
  for (const workload of options.workloads) results.push(await runWorkload(workload, options, progress));
  return results;
}

async function runWorkload(
  workload: Workload,
  options: BenchOptions,
  progress: PlannedProgress,
): Promise<WorkloadResult> {
  const source = await progress.step(`${workload.name}: filling the source`, fillWeight, () =>
    startFilledSource(workload, options, progress),
  );
  try {
    const mebibytes = (source.binlogBytes / 2 ** 20).toFixed(1);
    progress.note(
      `${source.transactions} transactions, ${mebibytes} MiB, written by ${generatorText(source)}`,
    );
    const rounds: RoundResult[] = [];
    for (let round = 0; round < options.rounds; round += 1) {
      rounds.push(await runRound(source, round, options.rounds, progress));
    }
    const { name, title, goal } = workload;
    const { generator, transactions, binlogBytes } = source;
    return { name, title, generator, transactions, binlogBytes, goal, rounds };
  } finally {
    await source.server.stop();
  }
}

async function runRound(
  source: FilledSource,
  round: number,
  rounds: number,
  progress: PlannedProgress,
): Promise<RoundResult> {
  const seconds: Record<ContenderName, number> = {
    native: Number.NaN,
    tuned: Number.NaN,
    tailrace: Number.NaN,
  };
  let link: LinkFigures | null = null;
  for (const contender of contenderOrder(round)) {
    const title = `${source.tables.name}: round ${round + 1} of ${rounds}, ${contender}`;
    const turn = await progress.step(title, contenderWeights[contender], () => takeTurn(source, contender));
    progress.note(`${contender}: ${turn.seconds.toFixed(2)} s`);
    seconds[contender] = turn.seconds;
    link ??= turn.link;
  }
  if (link === null) throw new Error('no round is without tailrace');
  return { seconds, link };
}

/** A replica from its start to its comparison with the source. */
async function takeTurn(source: FilledSource, contender: ContenderName): Promise<Turn> {
  const settings = contender === 'tuned' ? tunedReplicaSettings : {};
  const replica = await startReplica(source, { role: `${contender} replica`, settings });
  try {
    const turn = await catchUp(source, replica, contender);
    await requireEqualData(source.server, replica, source.target, `${source.tables.name}, ${contender}`);
    return turn;
  } finally {
    await replica.stop();
  }
}

async function catchUp(source: FilledSource, replica: LabServer, contender: ContenderName): Promise<Turn> {
  if (contender === 'tailrace') {
    const settings = defaultLinkSettings(source.server.address, replica.address);
    const { seconds, figures } = await catchUpWithTailrace(settings, source.target);
    return { seconds, link: figures };
  }
  await configureNativeReplication(replica, source.server.address);
  return { seconds: await catchUpNatively(replica, source.target), link: null };
}

function generatorText({ generator }: FilledSource): string {
  return generator === 'sysbench' ? 'sysbench' : 'the bench’s own generator';
}

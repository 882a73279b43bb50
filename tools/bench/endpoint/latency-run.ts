import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../../../src/errors/tailrace-error.js';
import type { MarkerWatcherTask, SeenMs } from '../marker-watcher.js';
import { percentile } from '../statistics.js';
import { TaskProcess } from '../task-process.js';
import { EndpointLab, replicaName } from './endpoint-lab.js';
import type { HintWatcherResult, HintWatcherTask } from './hint-watcher.js';
import type { StreamListenersResult, StreamListenersTask } from './stream-listeners.js';
import { type TrackedWriting, writeMarkers } from './tracked-writer.js';

export interface Delay {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** From a commit on the source to a client that is told of it. */
export interface LatencyResult {
  readonly listeners: number;
  readonly replicas: number;
  readonly ratePerSecond: number;
  readonly transactions: number;
  /** From the commit on the source until the replica showed the row. */
  readonly visible: Delay;
  /** From then until the stream told a client that the replica has the transaction; below zero where the stream was first. */
  readonly told: Delay;
}

const rate = 100;
const replicas = 3;
/** Not counted: caches fill and code is compiled. */
const warmUpSeconds = 2;
const visibleMsMax = 30_000;

/** Once with a single client on the stream, and once with `listeners` beside it. */
export async function runLatency(
  { seconds, listeners }: { readonly seconds: number; readonly listeners: number },
  note: (line: string) => void,
): Promise<readonly LatencyResult[]> {
  const lab = await EndpointLab.start({ replicas });
  try {
    const results: LatencyResult[] = [];
    let first = 0;
    for (const others of [0, listeners]) {
      note(`${rate} transactions a second for ${seconds} s, ${others} other listeners`);
      const result = await withListeners(lab, others, () => measure(lab, { seconds, first, others }));
      first += rate * (warmUpSeconds + seconds);
      note(
        `visible after ${result.visible.medianMs.toFixed(2)} ms (99th ${result.visible.p99Ms.toFixed(2)}), ` +
          `told ${result.told.medianMs.toFixed(2)} ms later (99th ${result.told.p99Ms.toFixed(2)})`,
      );
      results.push(result);
    }
    return results;
  } finally {
    await lab.stop();
  }
}

async function withListeners<T>(lab: EndpointLab, count: number, run: () => Promise<T>): Promise<T> {
  if (count === 0) return run();
  const task = { port: lab.daemon.port, count };
  const others = new TaskProcess<StreamListenersTask, StreamListenersResult>('stream-listeners-child', task);
  try {
    await others.ready;
    return await run();
  } finally {
    await others.kill();
  }
}

async function measure(
  { source, replicas: [replica], daemon }: EndpointLab,
  { seconds, first, others }: { readonly seconds: number; readonly first: number; readonly others: number },
): Promise<LatencyResult> {
  const onSource = await source.connect();
  const [{ sid = '' } = {}] = await onSource.query<{ sid: string }>('SELECT @@server_uuid AS sid');
  await onSource.close();
  const count = rate * (warmUpSeconds + seconds);
  // It looks for the markers from 0 on: those of an earlier run are there already.
  const rows = new TaskProcess<MarkerWatcherTask, SeenMs>('watcher-child', {
    replica: replica!.address,
    count: first + count,
  });
  const hints = new TaskProcess<HintWatcherTask, HintWatcherResult>('hint-watcher-child', {
    url: daemon.url,
    replica: replicaName(0),
    sid,
  });
  try {
    await Promise.all([rows.ready, hints.ready]);
    const writing = await writeMarkers(source.address, { rate, count, first });
    const giveUp = setTimeout(() => void rows.stop(), visibleMsMax);
    const seenMs = await rows.result.finally(() => clearTimeout(giveUp));
    // The last one may be told of after it was seen.
    await sleep(1_000);
    const { toldMs } = await hints.stop();
    return { listeners: others, replicas, ...delays(writing, seenMs.slice(first), new Map(toldMs)) };
  } finally {
    await Promise.all([rows.kill(), hints.kill()]);
  }
}

function delays(
  { committedMs, gtids, ratePerSecond }: TrackedWriting,
  seenMs: SeenMs,
  toldMs: ReadonlyMap<number, number>,
): Pick<LatencyResult, 'ratePerSecond' | 'transactions' | 'visible' | 'told'> {
  const visible: number[] = [];
  const told: number[] = [];
  for (let at = rate * warmUpSeconds; at < committedMs.length; at += 1) {
    const seen = seenMs[at] ?? null;
    const heard = toldMs.get(Number(gtids[at]?.split(':').at(-1)));
    if (seen === null || heard === undefined)
      throw new TailraceError('TR_BENCH_CONTENDER_FAILED', {
        what: `Transaction ${gtids[at]} was ${seen === null ? 'not shown by the replica' : 'never told of by the stream'}.`,
      });
    visible.push(seen - committedMs[at]!);
    told.push(heard - seen);
  }
  return { ratePerSecond, transactions: told.length, visible: delayOf(visible), told: delayOf(told) };
}

function delayOf(values: readonly number[]): Delay {
  return {
    medianMs: percentile(values, 0.5),
    p99Ms: percentile(values, 0.99),
    maxMs: percentile(values, 1),
  };
}

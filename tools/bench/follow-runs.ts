import { setTimeout as sleep } from 'node:timers/promises';
import { defaultLinkSettings } from '../../src/config/resolve-config.js';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import { startNativeReplication } from '../lab/native-replication.js';
import type { BenchOptions } from './bench-options.js';
import type { FollowResult, LatencyFigures } from './bench-results.js';
import { gtidExecuted, startPreparedSource, startReplica, withConnection } from './bench-servers.js';
import { LinkProcess } from './link-process.js';
import type { MarkerWatcherTask, SeenMs } from './marker-watcher.js';
import { type PacedWriting, writeAtRate } from './paced-writer.js';
import type { PlannedProgress } from './planned-progress.js';
import { requireEqualData } from './require-equal-data.js';
import { percentile } from './statistics.js';
import { TaskProcess } from './task-process.js';
import { followOltp } from './workloads/follow-oltp.js';

const ratesPerSecond = [100, 500] as const;
/** Not counted: caches fill and code is compiled. */
const warmUpSeconds = 2;
const visibleWithinMs = 60_000;
const followWithinMs = 30_000;
const stopWithinMs = 10_000;
const weight = 4;

export function planFollow(progress: PlannedProgress): void {
  progress.plan(weight * ratesPerSecond.length * 2);
}

/**
 * How long a commit on the source takes to be visible on a replica that tailrace feeds, and on one that feeds itself; one
 * after the other, so that they do not take the processor from each other. Errors: TR_BENCH_CONTENDER_FAILED,
 * TR_BENCH_DATA_DIFFERS, those of the lab.
 */
export async function runFollow(options: BenchOptions, progress: PlannedProgress): Promise<FollowResult[]> {
  const results: FollowResult[] = [];
  for (const rateAsked of ratesPerSecond) {
    const measured = async (contender: Follower): Promise<LatencyFigures> => {
      const title = `follow: ${rateAsked} transactions a second for ${options.followSeconds} s, ${contender}`;
      const figures = await progress.step(title, weight, () =>
        followAtRate(rateAsked, contender, options, progress),
      );
      const { medianMs, p99Ms, rateReached } = figures;
      progress.note(
        `${rateReached.toFixed(0)} a second, median ${medianMs.toFixed(2)} ms, 99th ${p99Ms.toFixed(2)} ms`,
      );
      return figures;
    };
    const tailrace = await measured('tailrace');
    const native = await measured('native');
    results.push({ rateAsked, seconds: options.followSeconds, tailrace, native });
  }
  return results;
}

type Follower = 'tailrace' | 'native';

async function followAtRate(
  rate: number,
  follower: Follower,
  options: BenchOptions,
  progress: PlannedProgress,
): Promise<LatencyFigures> {
  const source = await startPreparedSource(followOltp, options.seed, progress);
  try {
    const replica = await startReplica(source, { role: `${follower} replica` });
    try {
      const follow = follower === 'tailrace' ? whileLinkFollows : whileNativeFollows;
      const figures = await follow(source.server, replica, () =>
        measure(rate, options, source.server, replica),
      );
      const target = await withConnection(source.server, gtidExecuted);
      await requireEqualData(source.server, replica, target, `follow at ${rate}, ${follower}`);
      return figures;
    } finally {
      await replica.stop();
    }
  } finally {
    await source.server.stop();
  }
}

async function whileNativeFollows<T>(
  source: LabServer,
  replica: LabServer,
  run: () => Promise<T>,
): Promise<T> {
  await startNativeReplication(replica, source);
  return run();
}

async function whileLinkFollows<T>(source: LabServer, replica: LabServer, run: () => Promise<T>): Promise<T> {
  const link = new LinkProcess(defaultLinkSettings(source.address, replica.address), null);
  try {
    await awaitFollowing(link);
    const result = await run();
    link.stop();
    await within(link.finished, stopWithinMs, 'tailrace did not end when it was told to');
    return result;
  } finally {
    await link.kill();
  }
}

async function measure(
  rate: number,
  { followSeconds, seed }: BenchOptions,
  source: LabServer,
  replica: LabServer,
): Promise<LatencyFigures> {
  const count = rate * (warmUpSeconds + followSeconds);
  const watcher = new TaskProcess<MarkerWatcherTask, SeenMs>('watcher-child', {
    replica: replica.address,
    count,
  });
  try {
    await watcher.ready;
    const writing = await writeAtRate(source.address, { rate, count, seed });
    const giveUp = setTimeout(() => void watcher.stop(), visibleWithinMs);
    const seenMs = await watcher.result.finally(() => clearTimeout(giveUp));
    return latencies(writing, seenMs, rate * warmUpSeconds);
  } finally {
    await watcher.kill();
  }
}

function latencies(
  { committedMs, rateReached }: PacedWriting,
  seenMs: SeenMs,
  first: number,
): LatencyFigures {
  const missing = committedMs.findIndex((_, marker) => (seenMs[marker] ?? null) === null);
  if (missing >= 0) {
    throw failed(`transaction ${missing} was not shown within ${visibleWithinMs / 1_000} s of the last one`);
  }
  const delays = committedMs.slice(first).map((ms, at) => (seenMs[first + at] ?? Number.NaN) - ms);
  return {
    medianMs: percentile(delays, 0.5),
    p99Ms: percentile(delays, 0.99),
    maxMs: percentile(delays, 1),
    rateReached,
  };
}

async function awaitFollowing(link: LinkProcess): Promise<void> {
  const following = async (): Promise<void> => {
    for (let waited = 0; waited < followWithinMs; waited += 50) {
      if (link.progress?.state === 'following') return;
      await sleep(50);
    }
    throw failed(
      `tailrace did not follow within ${followWithinMs / 1_000} s; it is ${link.progress?.state ?? 'silent'}`,
    );
  };
  const endedEarly = link.finished.then(() => {
    throw failed('tailrace ended instead of following');
  });
  await Promise.race([following(), endedEarly]);
}

async function within<T>(promise: Promise<T>, ms: number, why: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failed(why)), ms);
  });
  return Promise.race([promise, tooLate]).finally(() => clearTimeout(timer));
}

function failed(why: string): TailraceError {
  return new TailraceError('TR_BENCH_CONTENDER_FAILED', { what: 'Following could not be measured.', why });
}

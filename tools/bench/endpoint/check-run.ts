import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../statistics.js';
import type { CheckLoadResult, CheckLoadTask } from './check-load.js';
import { EndpointLab, replicaName } from './endpoint-lab.js';
import { readProcessFigures } from './process-figures.js';
import type { StreamListenersResult, StreamListenersTask } from './stream-listeners.js';
import { TaskProcess } from '../task-process.js';
import { writeMarkers } from './tracked-writer.js';

export interface CheckRunOptions {
  readonly seconds: number;
  readonly listeners: number;
  /** null: as fast as it answers. */
  readonly ratePerSecond: number | null;
  /** Commits on the source meanwhile; each changes the hints of every replica. */
  readonly writesPerSecond: number;
}

/** Memory of the daemon over a run, MiB. */
export interface MemoryFigures {
  /** Median of the second tenth of the run, when all that grows with use has grown, and of the last one. */
  readonly earlyMib: number;
  readonly lateMib: number;
  readonly peakMib: number;
}

export interface CheckResult extends CheckLoadResult {
  readonly ratePerSecondAsked: number | null;
  readonly writesPerSecondAsked: number;
  readonly listeners: StreamListenersResult & { readonly count: number };
  readonly writesPerSecond: number;
  /** Of one core, while it was asked. */
  readonly daemonCpuShare: number;
  readonly memory: MemoryFigures;
}

const replicas = 3;
const connections = 64;
const warmUpSeconds = 10;
const sampleMs = 500;

/** Asks for checks while listeners hear of a source that is written to, all on real servers. `core`: see `DaemonOptions`. */
export async function runCheck(
  options: readonly CheckRunOptions[],
  core: number | null,
  note: (line: string) => void,
): Promise<readonly CheckResult[]> {
  const lab = await EndpointLab.start({ replicas, core });
  const results: CheckResult[] = [];
  try {
    let firstMarker = 0;
    for (const one of options) {
      const asked =
        one.ratePerSecond === null ? 'as fast as they are answered' : `${one.ratePerSecond} a second`;
      note(
        `checks ${asked} for ${one.seconds} s, ${one.listeners} listeners, ${one.writesPerSecond} commits a second`,
      );
      const result = await measure(lab, one, firstMarker);
      firstMarker += 10_000_000;
      note(checkLine(result));
      results.push(result);
    }
    return results;
  } finally {
    await lab.stop();
  }
}

async function measure(lab: EndpointLab, options: CheckRunOptions, first: number): Promise<CheckResult> {
  const { listeners: count, seconds, ratePerSecond } = options;
  const { port, pid } = lab.daemon;
  const task = { port, count };
  const listening = new TaskProcess<StreamListenersTask, StreamListenersResult>(
    'stream-listeners-child',
    task,
  );
  const ended = new AbortController();
  const writing = writeMarkers(
    lab.source.address,
    { rate: options.writesPerSecond, count: Number.MAX_SAFE_INTEGER, first },
    ended.signal,
  );
  writing.catch(() => undefined);
  let asking: TaskProcess<CheckLoadTask, CheckLoadResult> | null = null;
  try {
    await listening.ready;
    const paths = await pathsOf(lab);
    asking = new TaskProcess<CheckLoadTask, CheckLoadResult>('check-load-child', {
      port,
      paths,
      connections,
      ratePerSecond,
      seconds,
      warmUpSeconds,
    });
    const before = await readProcessFigures(pid);
    const startMs = performance.now();
    const samples = sampleMemory(pid, ended.signal);
    const load = await asking.result;
    const passedSeconds = (performance.now() - startMs) / 1_000;
    const after = await readProcessFigures(pid);
    ended.abort();
    const { ratePerSecond: writesPerSecond } = await writing;
    return {
      ...load,
      ratePerSecondAsked: ratePerSecond,
      writesPerSecondAsked: options.writesPerSecond,
      listeners: { ...(await listening.stop()), count },
      writesPerSecond,
      daemonCpuShare: (after.cpuSeconds - before.cpuSeconds) / passedSeconds,
      memory: memoryOf(await samples),
    };
  } finally {
    ended.abort();
    await Promise.all([asking?.kill(), listening.kill(), writing.catch(() => undefined)]);
  }
}

/** What proxies and applications ask: plainly, with a bound, and for a transaction. */
async function pathsOf(lab: EndpointLab): Promise<readonly string[]> {
  const onSource = await lab.source.connect();
  const [{ sid = '' } = {}] = await onSource.query<{ sid: string }>('SELECT @@server_uuid AS sid');
  await onSource.close();
  return lab.replicas.flatMap((_, at) => {
    const path = `/v1/replicas/${replicaName(at)}/check`;
    return [path, `${path}?max_lag_ms=5000`, `${path}?max_lag_ms=1000&min_gtid=${sid}:1`];
  });
}

async function sampleMemory(pid: number, signal: AbortSignal): Promise<readonly number[]> {
  const samples: number[] = [];
  while (!signal.aborted) {
    samples.push((await readProcessFigures(pid)).rssMib);
    await sleep(sampleMs, undefined, { signal }).catch(() => undefined);
  }
  return samples;
}

function memoryOf(samples: readonly number[]): MemoryFigures {
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  return {
    earlyMib: median(samples.slice(tenth, 2 * tenth)),
    lateMib: median(samples.slice(-tenth)),
    peakMib: Math.max(...samples),
  };
}

function checkLine(result: CheckResult): string {
  const { ratePerSecond, medianMs, p99Ms, maxMs, statuses, daemonCpuShare, memory, listeners } = result;
  return [
    `${ratePerSecond.toFixed(0)} a second, median ${medianMs.toFixed(2)} ms, 99th ${p99Ms.toFixed(2)} ms, most ${maxMs.toFixed(1)} ms`,
    `${JSON.stringify(statuses)}, ${(100 * daemonCpuShare).toFixed(0)} % of a core`,
    `${memory.earlyMib.toFixed(0)} → ${memory.lateMib.toFixed(0)} MiB`,
    `${(listeners.hintsEvents / listeners.seconds / Math.max(1, listeners.count)).toFixed(1)} events a second and listener, ${listeners.lost} lost`,
  ].join('; ');
}

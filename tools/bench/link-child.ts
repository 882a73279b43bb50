/**
 * The process that runs one link for the bench, so that its memory and processor time are its own. Told what to do by its
 * parent over the process's channel; ends with its parent.
 */
import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import { GtidSet } from '../../src/gtid/gtid-set.js';
import { limitHeapGrowth } from '../../src/link/limit-heap-growth.js';
import { Link } from '../../src/link/link.js';
import type { LinkReport } from '../../src/link/link-progress.js';
import type { LinkSettings } from '../../src/link/link-settings.js';
import type { LinkFigures } from './bench-results.js';
import type { FromLinkChild, ToLinkChild } from './link-messages.js';

const progressEveryMs = 500;
const abort = new AbortController();

process.on('disconnect', () => process.exit(1));
process.on('message', (message: ToLinkChild) => {
  if (message.kind === 'stop') abort.abort();
  else void runLink(message.settings, message.until, BigInt(message.spawnedAtNs));
});

async function runLink(settings: LinkSettings, until: string | null, spawnedAtNs: bigint): Promise<void> {
  const log = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }));
  try {
    const startedAtNs = process.hrtime.bigint();
    limitHeapGrowth();
    const link = new Link(settings, { log });
    const timer = setInterval(() => send({ kind: 'progress', progress: link.progress() }), progressEveryMs);
    const goal =
      until === null ? { kind: 'forever' as const } : { kind: 'gtid' as const, set: GtidSet.parse(until) };
    const report = await link.run(goal, abort.signal).finally(() => clearInterval(timer));
    const seconds = Number(process.hrtime.bigint() - startedAtNs) / 1e9;
    const bootMs = Number(startedAtNs - spawnedAtNs) / 1e6;
    send({ kind: 'done', report, seconds, figures: await linkFigures(report, bootMs) });
  } catch (error) {
    send({
      kind: 'failed',
      text: error instanceof TailraceError ? error.render() : String((error as Error).stack),
    });
  }
}

async function linkFigures(report: LinkReport, bootMs: number): Promise<LinkFigures> {
  const cpu = process.cpuUsage();
  return {
    startToFirstAppliedMs: report.firstAppliedMs === null ? null : bootMs + report.firstAppliedMs,
    peakRssMib: await peakRssMib(),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    rowsIn: report.rowsIn,
    rowsOut: report.rowsOut,
    epochs: report.epochs,
    fallbacks: report.fallbacks,
  };
}

/**
 * On Linux VmHWM (proc(5)); elsewhere `maxRSS`, which on Linux would also count what the parent held when it started us.
 */
async function peakRssMib(): Promise<number> {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const status = await readFile('/proc/self/status', 'utf8');
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return Number(kib ?? Number.NaN) / 1024;
}

/** The last message must have left before the process may end; with nothing more to do it ends by itself. */
function send(message: FromLinkChild): void {
  process.send?.(message, () => {
    if (message.kind !== 'progress') process.disconnect();
  });
}

import type { Logger } from 'pino';
import { exitCodes } from '../errors/error-catalogue.js';
import { limitHeapGrowth } from '../link/limit-heap-growth.js';
import { Link } from '../link/link.js';
import type { LinkSettings } from '../link/link-settings.js';
import { preflight } from '../mysql/preflight.js';
import { formatServerAddress } from '../config/redact.js';
import { type Arguments, linksFromArguments } from './link-options.js';
import { createLog } from './log.js';
import { refusalFor, warningsOf } from './problem-list.js';
import { statusLine } from './progress-line.js';
import { RateMeter } from './rate-meter.js';
import { renderFailure } from './render-failure.js';
import { Shutdown } from './shutdown.js';
import { superviseLink } from './supervise-link.js';

const statusIntervalMs = 10_000;

/** `tailrace run`: keeps every replica in step until a signal ends it. Returns the exit code. */
export async function run(args: Arguments): Promise<number> {
  const links = linksFromArguments(args, process.env);
  const log = createLog(process.stderr);
  const shutdown = new Shutdown((text) => log.info(text.trim()));
  try {
    const codes = await Promise.all(links.map((settings) => keepInStep(settings, log, shutdown.signal)));
    return codes.find((code) => code !== exitCodes.ok) ?? exitCodes.ok;
  } finally {
    shutdown.dispose();
  }
}

/** One replica, apart from all others: whatever happens here ends in a log line and an exit code. */
async function keepInStep(settings: LinkSettings, parent: Logger, signal: AbortSignal): Promise<number> {
  const log = parent.child({ link: settings.name });
  log.info(
    { source: formatServerAddress(settings.source), replica: formatServerAddress(settings.replica) },
    'the link starts',
  );
  try {
    const error = await superviseLink(() => followOnce(settings, parent, log, signal), { log, signal });
    if (error === null) return exitCodes.ok;
    log.error({ err: error }, 'the link has stopped and stays stopped; others go on');
    return error.exitCode;
  } catch (error) {
    log.error({ err: error }, 'the link has stopped on a defect; others go on');
    return renderFailure(error).exitCode;
  }
}

/** `root` is for the link, which names itself in its own lines. */
async function followOnce(
  settings: LinkSettings,
  root: Logger,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const problems = await preflight(settings, { handoffNative: false });
  const refusal = refusalFor(problems);
  if (refusal !== null) throw refusal;
  for (const { code, what, why, cure } of warningsOf(problems)) log.warn({ code, why, cure }, what);
  if (signal.aborted) return;
  limitHeapGrowth();
  const link = new Link(settings, { log: root });
  const meter = new RateMeter(performance.now());
  const timer = setInterval(() => {
    const progress = link.progress();
    const rates = meter.measure(performance.now(), progress);
    log.info(
      { state: progress.state, transactions: progress.transactions, bytes_behind: progress.bytesBehind },
      statusLine(progress, rates),
    );
  }, statusIntervalMs);
  try {
    const report = await link.run({ kind: 'forever' }, signal);
    log.info(
      { transactions: report.transactions, epochs: report.epochs },
      'the link ended at its checkpoint',
    );
  } finally {
    clearInterval(timer);
  }
}

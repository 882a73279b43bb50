import type { Logger } from 'pino';
import { LagEndpoint } from '../endpoint/lag-endpoint.js';
import { exitCodes } from '../errors/exit-codes.js';
import type { TailraceError } from '../errors/tailrace-error.js';
import { limitHeapGrowth } from '../link/limit-heap-growth.js';
import { Link } from '../link/link.js';
import type { LinkSettings } from '../link/link-settings.js';
import { preflight } from '../preflight/preflight.js';
import { formatServerAddress } from '../mysql/format-server-address.js';
import { awaitWritable } from './await-writable.js';
import { atEpochBoundary, Interrupt } from './interrupt.js';
import { settingsFromArguments } from './link-arguments.js';
import type { Arguments } from './link-options.js';
import { createLog } from './log.js';
import { refusalFor, warningsOf } from './problem-list.js';
import { statusLine } from './progress-line.js';
import { RateMeter } from './rate-meter.js';
import { renderFailure } from '../errors/render-failure.js';
import { superviseLink } from './supervise-link.js';

const statusIntervalMs = 10_000;

interface RunParts {
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** null: nobody shall be told. */
  readonly endpoint: LagEndpoint | null;
  readonly links: number;
}

/** `tailrace run`: keeps every replica in step until a signal ends it. Returns the exit code. */
export async function run(args: Arguments): Promise<number> {
  const { links, endpoint: listening } = settingsFromArguments(args, process.env);
  const log = createLog(process.stderr);
  const [first, ...others] = links;
  const endpoint =
    listening === null || first === undefined ? null : new LagEndpoint([first, ...others], listening, log);
  const interrupt = new Interrupt(atEpochBoundary, (text) => log.info(text.trim()));
  try {
    await endpoint?.start(interrupt.signal);
    if (endpoint !== null)
      log.info(
        { port: endpoint.port, agent_port: endpoint.agentPort, gtid_reader_ports: endpoint.gtidReaderPorts },
        'the lag endpoint listens',
      );
    const parts = { log, signal: interrupt.signal, endpoint, links: links.length };
    const codes = await Promise.all(links.map((settings) => keepInStep(settings, parts)));
    if (endpoint !== null && !interrupt.signal.aborted) {
      log.error('no link is running; the lag endpoint keeps serving until SIGTERM');
      await aborted(interrupt.signal);
    }
    return codes.find((code) => code !== exitCodes.ok) ?? exitCodes.ok;
  } finally {
    await endpoint?.close();
    interrupt.dispose();
  }
}

/** One replica, apart from all others: whatever happens here ends in a log line and an exit code. */
async function keepInStep(settings: LinkSettings, parts: RunParts): Promise<number> {
  const { signal, endpoint } = parts;
  const log = parts.log.child({ link: settings.name });
  const activity = endpoint?.activityOf(settings.name);
  const others = parts.links === 1 ? '' : '; the others go on';
  log.info(
    { source: formatServerAddress(settings.source), replica: formatServerAddress(settings.replica) },
    'the link starts',
  );
  try {
    const attempt = (): Promise<void> => {
      activity?.triesAgain();
      return followOnce(settings, parts, log);
    };
    const onRetry = (error: TailraceError, inMs: number): void => activity?.interrupted(error, inMs);
    const cured = (error: TailraceError, ended: AbortSignal): Promise<void> =>
      awaitWritable(error, settings.replica, ended);
    const error = await superviseLink(attempt, { log, signal, onRetry, cured });
    if (error === null) {
      activity?.stopped();
      return exitCodes.ok;
    }
    activity?.failed(error);
    if (error.code === 'TR_APPLY_CONFLICT')
      endpoint?.blame(settings.name, 'its data differs from the source');
    log.error({ err: error }, `the link has stopped; it needs you${others}`);
    return error.exitCode;
  } catch (error) {
    activity?.failed(error);
    log.error({ err: error }, `the link has stopped on a defect${others}`);
    return renderFailure(error).exitCode;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** `parts.log` is for the link, which names itself in its own lines. */
async function followOnce(settings: LinkSettings, parts: RunParts, log: Logger): Promise<void> {
  const { signal, endpoint } = parts;
  const problems = await preflight(settings, { handoffNative: false, signal });
  if (signal.aborted) return;
  const refusal = refusalFor(problems);
  if (refusal !== null) throw refusal;
  for (const { code, what, why, cure } of warningsOf(problems)) log.warn({ code, why, cure }, what);
  limitHeapGrowth();
  const lag = endpoint?.lagOf(settings.name);
  const activity = endpoint?.activityOf(settings.name);
  const link = new Link(settings, { log: parts.log, ...(lag && { lag }), ...(activity && { activity }) });
  endpoint?.follow(settings.name, () => link.progress());
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

import { exitCodes } from '../errors/exit-codes.js';
import { limitHeapGrowth } from '../link/limit-heap-growth.js';
import { Link } from '../link/link.js';
import type { LinkSettings } from '../link/link-settings.js';
import type { LinkReport } from '../link/link-progress.js';
import type { Until } from '../link/goal.js';
import { preflight } from '../preflight/preflight.js';
import { catchupJson, type CatchupOutcome, catchupSentence } from './catchup-summary.js';
import { atEpochBoundary, Interrupt } from './interrupt.js';
import type { Arguments } from './link-options.js';
import { createLog } from './log.js';
import { NativeHandoff } from './native-handoff.js';
import { oneLinkFromArguments } from './one-link.js';
import { refusalFor, renderProblems, warningsOf } from './problem-list.js';
import { showProgress } from './progress-display.js';
import { parseUntil } from './until-option.js';

/** `tailrace catchup`: brings one replica level and ends. Returns the exit code. */
export async function catchup(args: Arguments): Promise<number> {
  const settings = oneLinkFromArguments(args, process.env);
  const until = parseUntil(typeof args.until === 'string' ? args.until : 'now');
  const handoffNative = args.handoff === 'native';
  const interrupt = new Interrupt(atEpochBoundary, (text) => process.stderr.write(text));
  try {
    const problems = await preflight(settings, { handoffNative });
    const refusal = refusalFor(problems);
    if (refusal !== null) throw refusal;
    const warnings = warningsOf(problems);
    if (warnings.length > 0) process.stderr.write(`${renderProblems(warnings)}\n`);
    if (interrupt.signal.aborted) return exitCodes.stopped;
    const outcome = await catchUp(settings, until, handoffNative, interrupt.signal);
    process.stderr.write(`${catchupSentence(outcome)}\n`);
    if (args.json === true) process.stdout.write(`${catchupJson(outcome)}\n`);
    return outcome.level ? exitCodes.ok : exitCodes.stopped;
  } finally {
    interrupt.dispose();
  }
}

async function catchUp(
  settings: LinkSettings,
  until: Until,
  handoffNative: boolean,
  signal: AbortSignal,
): Promise<CatchupOutcome> {
  limitHeapGrowth();
  const link = new Link(settings, { log: createLog(process.stderr, 'warn') });
  const handoff = handoffNative ? await NativeHandoff.begin(settings) : null;
  const report = await runWithProgress(link, until, signal).catch((error: unknown) => {
    throw handoff === null ? error : handoff.explain(error, link.progress().position);
  });
  const level = !signal.aborted;
  if (handoff === null) return { settings, report, level, handoff: null };
  if (level) return { settings, report, level, handoff: await handoff.finish(report) };
  process.stderr.write(`${handoff.stateLeft(report.position)}\n`);
  return { settings, report, level, handoff: null };
}

async function runWithProgress(link: Link, until: Until, signal: AbortSignal): Promise<LinkReport> {
  const display = showProgress(() => link.progress(), process.stderr);
  try {
    return await link.run(until, signal);
  } finally {
    display.stop();
  }
}

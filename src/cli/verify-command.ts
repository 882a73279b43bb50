import { exitCodes } from '../errors/exit-codes.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { VerifyReport } from '../verify/verify-report.js';
import { Verifier } from '../verify/verifier.js';
import { formatCounted } from './format-quantity.js';
import { type Ending, Interrupt } from './interrupt.js';
import type { Arguments } from './link-options.js';
import { verifySettings } from './verify-arguments.js';
import { showVerifyProgress } from './verify-progress.js';
import { differenceLines, verifyJson, verifySentence } from './verify-summary.js';

const whereItIs: Ending = {
  where: 'here',
  afterwards: 'with --resume FILE the next start continues',
  grace: null,
};

/** `tailrace verify`: compares a replica with its source. Returns the exit code: 0 equal, 1 different, 4 stopped before the end. */
export async function verify(args: Arguments): Promise<number> {
  const settings = verifySettings(args, process.env);
  const interrupt = new Interrupt(whereItIs, (text) => process.stderr.write(text));
  const verifier = new Verifier(settings);
  const display = showVerifyProgress(() => verifier.progress(), process.stderr);
  let report: VerifyReport;
  try {
    report = await verifier.run(interrupt.signal);
  } finally {
    display.stop();
    interrupt.dispose();
  }
  const lines = differenceLines(report);
  const out = args.json === true ? process.stderr : process.stdout;
  if (lines.length > 0) out.write(`${lines.join('\n')}\n`);
  process.stderr.write(`${verifySentence(report)}\n`);
  if (!report.complete) process.stderr.write(`${goingOn(settings.stateFile)}\n`);
  if (args.json === true) process.stdout.write(`${verifyJson(report)}\n`);
  return exitCodeOf(report);
}

function exitCodeOf(report: VerifyReport): number {
  if (!report.complete) return exitCodes.stopped;
  if (report.equal) return exitCodes.ok;
  const different = report.differing.some(({ tally }) => tally.differing + tally.unexaminedChunks > 0);
  if (different || report.definitions.length > 0) return exitCodes.problemsFound;
  const rows = report.differing.reduce((sum, { tally }) => sum + tally.unsettled, 0);
  throw new TailraceError('TR_VERIFY_UNSETTLED', {
    what: `${formatCounted(rows, 'row')} and ${formatCounted(report.definitionsUnsettled.length, 'definition')} changed at every look.`,
  });
}

function goingOn(stateFile: string | null): string {
  return stateFile === null
    ? '  The next start begins again; with --resume FILE it would go on from here.'
    : '  Start the same command again to go on from here.';
}

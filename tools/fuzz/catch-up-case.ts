import { setTimeout as sleep } from 'node:timers/promises';
import type { Death } from './fuzz-case.js';
import { type FuzzFailure, stopFailure } from './fuzz-failure.js';
import { TailraceChild, type TailraceTask } from './tailrace-child.js';

const timeoutMs = 120_000;
const remarkCharactersMax = 400;

/** How the replica was brought level once the writers had ended. */
export interface CatchUpOutcome {
  readonly failure: FuzzFailure | null;
  /** Processes that died on the way. */
  readonly kills: number;
  /** Epochs whose plan did not hold, in the process that came to the end. */
  readonly fallbacks: number;
  /** Why the first of them did not. */
  readonly remark: string | null;
}

/** Runs `tailrace catchup`, once for each death and then until the replica is level; `restore` puts the replica back. */
export async function catchUpCase(
  task: TailraceTask,
  deaths: readonly Death[],
  restore: () => Promise<void>,
): Promise<CatchUpOutcome> {
  let kills = 0;
  for (const death of [...deaths, null]) {
    const doomMs = death !== null && 'afterMs' in death ? death.afterMs : timeoutMs;
    const child = new TailraceChild(
      'catchup',
      task,
      death !== null && 'failpoint' in death ? death.failpoint : null,
    );
    const isLate = await endWithin(child, doomMs);
    const code = await child.end();
    if (isLate && doomMs === timeoutMs) return failed(kills, lateFailure(child));
    if (!child.wasKilled && code !== 0) return failed(kills, stopFailure('catchup', code, child.stderr));
    if (child.wasKilled) kills += 1;
    if (death?.isRestored === true) await restore();
    if (death !== null) continue;
    const { fallbacks } = JSON.parse(child.stdout) as { readonly fallbacks: number };
    return { failure: null, kills, fallbacks, remark: fallbacks === 0 ? null : firstFallback(child.stderr) };
  }
  throw new RangeError('the last process has no death');
}

const failed = (kills: number, failure: FuzzFailure): CatchUpOutcome => ({
  failure,
  kills,
  fallbacks: 0,
  remark: null,
});

/** Kills the process after the time; true when that was needed. */
async function endWithin(child: TailraceChild, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, true, { signal: timer.signal }).catch(() => false);
  const isLate = await Promise.race([late, child.end().then(() => false)]);
  timer.abort();
  if (isLate) child.signal('SIGKILL');
  return isLate;
}

function lateFailure(child: TailraceChild): FuzzFailure {
  const reasons = [`tailrace catchup was not done after ${timeoutMs / 1_000} s:`, child.stderr.slice(-2_000)];
  return { signature: 'catchup does not end', reasons };
}

function firstFallback(stderr: string): string {
  const line = stderr.split('\n').find((text) => text.includes('the plan of an epoch did not hold')) ?? '';
  return `a plan did not hold: ${line.slice(0, remarkCharactersMax)}`;
}

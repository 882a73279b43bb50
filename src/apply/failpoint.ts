/**
 * Places where the process ends at once when the environment names them, so that tests can kill it exactly there:
 * `TAILRACE_FAILPOINT=name`, `name:N` for the Nth time, or `name:N:SIGSTOP` for a process that hangs there until it gets
 * SIGCONT. Without the variable a failpoint costs one comparison.
 */
export const failpoints = [
  'before-commit',
  'between-commits',
  'before-lane-zero-commit',
  'after-commit',
  'after-adoption',
  'during-large-transaction',
  'before-large-commit',
  'before-statement',
  'after-intent',
  'before-statement-gtid',
  'after-statement',
  'created-not-filled',
  'filled-not-recorded',
  'before-mixed',
  'during-mixed',
  'before-mixed-commit',
  'after-mixed-commit',
  'during-recovery',
  'during-replay',
  'before-xa-prepare',
  'after-xa-prepare',
  'before-xa-outcome',
  'after-xa-outcome',
  'before-skip-commit',
  'after-skip-commit',
] as const;

export type Failpoint = (typeof failpoints)[number];

const [wanted, times, signal = 'SIGKILL'] = (process.env['TAILRACE_FAILPOINT'] ?? '').split(':');
let left = Number(times ?? 1);

/** Whether the process shall end at this place. */
export function failpointIsSet(name: Failpoint): boolean {
  return name === wanted;
}

/** Sends the process its signal when this is the place that was asked for. */
export function failpoint(name: Failpoint): void {
  if (name !== wanted) return;
  left--;
  if (left === 0) process.kill(process.pid, signal);
}

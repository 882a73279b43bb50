/**
 * Places where the process ends at once when the environment names them, so that tests can kill it exactly there:
 * `TAILRACE_FAILPOINT=name` or `name:N` for the Nth time. Without the variable a failpoint costs one comparison.
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
  'after-statement',
  'during-recovery',
  'during-replay',
] as const;

export type Failpoint = (typeof failpoints)[number];

const [wanted, times] = (process.env['TAILRACE_FAILPOINT'] ?? '').split(':');
let left = Number(times ?? 1);

/** Whether the process shall end at this place. */
export function failpointIsSet(name: Failpoint): boolean {
  return name === wanted;
}

/** Ends the process with SIGKILL when this is the place that was asked for. */
export function failpoint(name: Failpoint): void {
  if (name !== wanted) return;
  left--;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 25;
/** What comes at all comes within this time, also on a slow and busy machine. */
export const patienceMs = 90_000;

/** Waits until `condition` is true; throws once `timeoutMs` are over. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs = patienceMs, what = 'the condition' }: { timeoutMs?: number; what?: string } = {},
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(pollMs);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 25;

/** Waits until `condition` is true; throws once `timeoutMs` (30 s by default) are over. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs = 30_000, what = 'the condition' }: { timeoutMs?: number; what?: string } = {},
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(pollMs);
  }
}

import type { LinkSettings } from '../../src/link/link-settings.js';
import { type LinkOutcome, LinkProcess } from './link-process.js';

/**
 * Runs a link in a process of its own until the replica has all of `target`. Errors: TR_BENCH_CONTENDER_FAILED with what
 * the link said.
 */
export async function catchUpWithTailrace(settings: LinkSettings, target: string): Promise<LinkOutcome> {
  const link = new LinkProcess(settings, target);
  try {
    return await link.finished;
  } finally {
    await link.kill();
  }
}

import type { Logger } from 'pino';
import type { ErrorCode } from '../errors/error-catalogue.js';
import { TailraceError } from '../errors/tailrace-error.js';

const firstDelayMs = 1_000;
const delayMsMax = 30_000;
/** An attempt that lived this long is not part of a row of failures any more. */
const steadyMs = 60_000;

/** What a network or a restart of a server mends by itself. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'TR_SERVER_UNREACHABLE',
  'TR_SERVER_LOST',
  'TR_APPLY_LOCKED',
]);

/**
 * Runs `attempt` until it ends by itself or by the signal, and again, at growing intervals, when it failed for a reason that
 * passes. Returns null, or the error that no retry mends. After a lost connection, a lock on the replica may be held by our
 * own dead session for a while: then that passes, too.
 */
export async function superviseLink(
  attempt: () => Promise<void>,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): Promise<TailraceError | null> {
  let delayMs = firstDelayMs;
  let wasLost = false;
  while (!signal.aborted) {
    const startedMs = performance.now();
    try {
      await attempt();
      return null;
    } catch (error) {
      if (!(error instanceof TailraceError)) throw error;
      const passes = passing.has(error.code) || (error.code === 'TR_LINK_LOCKED' && wasLost);
      if (!passes) return error;
      // Whoever asked for the end while this attempt was failing does not wait for another.
      if (signal.aborted) return null;
      wasLost = true;
      if (performance.now() - startedMs >= steadyMs) delayMs = firstDelayMs;
      log.warn({ err: error, retry_in_ms: delayMs }, 'the link is interrupted and will be tried again');
      await pause(delayMs, signal);
      delayMs = Math.min(delayMs * 2, delayMsMax);
    }
  }
  return null;
}

/** Waits, or until the signal. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

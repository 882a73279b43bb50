import type { Logger } from 'pino';
import { TailraceError } from '../errors/tailrace-error.js';

const firstDelayMs = 1_000;
const delayMsMax = 30_000;
/** What somebody mends takes its time, and every try asks both servers for much. */
const curableDelayMs = 30_000;
/** Another tailrace has the link: a standby looks often, so that little time passes without anybody. */
const standbyDelayMs = 5_000;
/** The same trouble is told again after this time. */
const tellAgainMs = 25_000;
/** An attempt that lived this long is not part of a row of failures any more. */
const steadyMs = 60_000;

export interface Supervision {
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told of each failure after which the link is tried again, and when. */
  readonly onRetry?: (error: TailraceError, inMs: number) => void;
  /** Resolves when what caused the error is seen to be mended; never rejects. The waiting then ends early. */
  readonly cured?: (error: TailraceError, signal: AbortSignal) => Promise<void>;
}

/**
 * Runs `attempt` until it ends by itself or by the signal, and again when it failed for a reason that passes or that somebody can
 * mend from outside (see `Retry`). Returns null, or the error that no retry mends.
 */
export async function superviseLink(
  attempt: () => Promise<void>,
  { log, signal, onRetry, cured }: Supervision,
): Promise<TailraceError | null> {
  let delayMs = firstDelayMs;
  let isFirst = true;
  let told = { code: '', atMs: 0 };
  while (!signal.aborted) {
    const startedMs = performance.now();
    try {
      await attempt();
      return null;
    } catch (error) {
      if (!(error instanceof TailraceError)) throw error;
      const wasSteady = performance.now() - startedMs >= steadyMs;
      // A password that never worked is a wrong one; one that worked may be changed on both sides, one after the other.
      const isWrong = error.code === 'TR_SERVER_ACCESS_DENIED' && isFirst && !wasSteady;
      if (error.retry === 'never' || isWrong) return error;
      // Whoever asked for the end while this attempt was failing does not wait for another.
      if (signal.aborted) return null;
      isFirst = false;
      if (wasSteady) delayMs = firstDelayMs;
      const waitMs = waitAfter(error, delayMs);
      const nowMs = performance.now();
      if (told.code !== error.code || nowMs - told.atMs >= tellAgainMs) {
        log.warn({ err: error, retry_in_ms: waitMs }, retryWords(error));
        told = { code: error.code, atMs: nowMs };
      }
      onRetry?.(error, waitMs);
      await pause(waitMs, signal, (ended) => cured?.(error, ended));
      if (error.retry === 'passes') delayMs = Math.min(delayMs * 2, delayMsMax);
    }
  }
  return null;
}

function waitAfter(error: TailraceError, delayMs: number): number {
  if (error.code === 'TR_LINK_LOCKED') return standbyDelayMs;
  return error.retry === 'curable' ? curableDelayMs : delayMs;
}

function retryWords(error: TailraceError): string {
  if (error.code === 'TR_LINK_LOCKED') return 'another tailrace applies the link: standing by';
  if (error.retry === 'curable') return 'the link waits until somebody fixes this, and is retried';
  return 'the link is interrupted and will be retried';
}

/** Waits so long, or until the signal, or until `early` resolves; that one's own signal ends with the waiting. */
async function pause(
  ms: number,
  signal: AbortSignal,
  early: (ended: AbortSignal) => Promise<void> | undefined,
): Promise<void> {
  const over = new AbortController();
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      over.abort();
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    void early(over.signal)?.then(end);
  });
}

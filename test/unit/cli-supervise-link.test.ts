import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { superviseLink } from '../../src/cli/supervise-link.js';
import type { ErrorCode } from '../../src/errors/error-catalogue.js';
import { TailraceError } from '../../src/errors/tailrace-error.js';

const log = pino({ level: 'silent' });
const failure = (code: ErrorCode) => new TailraceError(code, { what: code });

/** Runs a link whose attempts fail with these codes, then end; tells how often it was tried. */
function supervised(codes: readonly ErrorCode[], signal = new AbortController().signal) {
  let attempts = 0;
  const outcome = superviseLink(
    () => {
      const code = codes[attempts];
      attempts += 1;
      return code === undefined ? Promise.resolve() : Promise.reject(failure(code));
    },
    { log, signal },
  );
  return { outcome, attempts: () => attempts };
}

describe('superviseLink', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('a link that ends by itself is not started again', async () => {
    const { outcome, attempts } = supervised([]);
    expect(await outcome).toBeNull();
    expect(attempts()).toBe(1);
  });

  test('what no retry mends is returned at once', async () => {
    const { outcome, attempts } = supervised(['TR_APPLY_CONFLICT']);
    expect((await outcome)?.code).toBe('TR_APPLY_CONFLICT');
    expect(attempts()).toBe(1);
  });

  test('a lock of another is final, one after a lost connection passes', async () => {
    expect((await supervised(['TR_LINK_LOCKED']).outcome)?.code).toBe('TR_LINK_LOCKED');
    const after = supervised(['TR_SERVER_LOST', 'TR_LINK_LOCKED']);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(await after.outcome).toBeNull();
    expect(after.attempts()).toBe(3);
  });

  test('tries again at growing intervals, thirty seconds at most', async () => {
    const { outcome, attempts } = supervised(
      Array.from({ length: 9 }, () => 'TR_SERVER_UNREACHABLE' as const),
    );
    const seen: number[] = [];
    for (const second of [0, 1, 2, 4, 8, 16, 30, 30, 30]) {
      await jest.advanceTimersByTimeAsync(second * 1_000);
      seen.push(attempts());
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(await outcome).toBeNull();
  });

  test('a signal during an attempt that fails ends it without waiting', async () => {
    const stop = new AbortController();
    const attempt = (): Promise<void> => {
      stop.abort();
      return Promise.reject(failure('TR_SERVER_UNREACHABLE'));
    };
    let outcome: unknown = 'still waiting';
    void superviseLink(attempt, { log, signal: stop.signal }).then((error) => (outcome = error));
    await jest.advanceTimersByTimeAsync(0);
    expect(outcome).toBeNull();
  });

  test('the signal ends the waiting', async () => {
    const stop = new AbortController();
    const { outcome, attempts } = supervised(['TR_SERVER_LOST', 'TR_SERVER_LOST'], stop.signal);
    await jest.advanceTimersByTimeAsync(0);
    stop.abort();
    expect(await outcome).toBeNull();
    expect(attempts()).toBe(1);
  });

  test('a defect is not held back', async () => {
    const broken = superviseLink(() => Promise.reject(new TypeError('oops')), {
      log,
      signal: new AbortController().signal,
    });
    await expect(broken).rejects.toThrow('oops');
  });
});

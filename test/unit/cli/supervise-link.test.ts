import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { superviseLink } from '../../../src/cli/supervise-link.js';
import type { ErrorCode } from '../../../src/errors/error-catalogue.js';
import { TailraceError } from '../../../src/errors/tailrace-error.js';

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

  test('a lock of another is waited for, every five seconds', async () => {
    const { outcome, attempts } = supervised(Array.from({ length: 3 }, () => 'TR_LINK_LOCKED' as const));
    const seen: number[] = [];
    for (const second of [0, 5, 5, 5]) {
      await jest.advanceTimersByTimeAsync(second * 1_000);
      seen.push(attempts());
    }
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(await outcome).toBeNull();
  });

  test.each([
    'TR_REPLICA_SUPER_READ_ONLY',
    'TR_REPLICA_READ_ONLY',
    'TR_APPLY_DISK_FULL',
    'TR_PRIVILEGE_MISSING',
    'TR_APPLY_PACKET_TOO_LARGE',
    'TR_STATEMENT_FAILED',
  ] as const)(
    '%s: somebody can mend it from outside, and it is tried again every thirty seconds',
    async (code) => {
      const { outcome, attempts } = supervised([code, code]);
      const seen: number[] = [];
      for (const second of [0, 29, 1, 30]) {
        await jest.advanceTimersByTimeAsync(second * 1_000);
        seen.push(attempts());
      }
      expect(seen).toEqual([1, 1, 2, 3]);
      expect(await outcome).toBeNull();
    },
  );

  test('what is seen to be mended is not waited for', async () => {
    let attempts = 0;
    const waits: number[] = [];
    const outcome = superviseLink(
      () => {
        attempts += 1;
        return attempts > 1 ? Promise.resolve() : Promise.reject(failure('TR_REPLICA_SUPER_READ_ONLY'));
      },
      {
        log,
        signal: new AbortController().signal,
        onRetry: (_, inMs) => waits.push(inMs),
        cured: () => new Promise((resolve) => setTimeout(resolve, 2_000)),
      },
    );
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await outcome).toBeNull();
    expect(attempts).toBe(2);
    expect(waits).toEqual([30_000]);
  });

  test('a password that never worked is final, one that worked is waited for', async () => {
    expect((await supervised(['TR_SERVER_ACCESS_DENIED']).outcome)?.code).toBe('TR_SERVER_ACCESS_DENIED');
    const after = supervised(['TR_SERVER_LOST', 'TR_SERVER_ACCESS_DENIED']);
    await jest.advanceTimersByTimeAsync(31_000);
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

  test('a signal during an attempt that fails ends it without waiting [P9]', async () => {
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

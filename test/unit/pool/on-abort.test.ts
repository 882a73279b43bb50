import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { onAbort } from '../../../src/pool/on-abort.js';
import { WaitRoom } from '../../../src/pool/wait-room.js';

const listeners = ({ signal }: AbortController): number => getEventListeners(signal, 'abort').length;

describe('what is to be done when a signal is aborted', () => {
  test('is done for all who asked, with one listener, and for nobody who has called it off', () => {
    const given = new AbortController();
    const told: number[] = [];
    const callOffs = [1, 2, 3].map((at) => onAbort(given.signal, () => told.push(at)));
    expect(listeners(given)).toBe(1);
    callOffs[1]!();
    given.abort();
    expect(told).toEqual([1, 3]);
  });

  test('leaves no listener when nobody asks any more, however often that is said', () => {
    const given = new AbortController();
    const told: string[] = [];
    const first = onAbort(given.signal, () => told.push('first'));
    first();
    expect(listeners(given)).toBe(0);
    onAbort(given.signal, () => told.push('second'));
    first();
    onAbort(given.signal, () => told.push('third'));
    expect(listeners(given)).toBe(1);
    given.abort();
    expect(told).toEqual(['second', 'third']);
    expect(listeners(given)).toBe(0);
  });

  test('is done at once when it has been aborted already', () => {
    let calls = 0;
    onAbort(AbortSignal.abort(), () => (calls += 1))();
    expect(calls).toBe(1);
  });
});

describe('waiting for a connection', () => {
  test('two thousand on one signal are one listener, and none when they have ended', async () => {
    const room = new WaitRoom(2_000);
    const given = new AbortController();
    const waits = Array.from({ length: 2_000 }, () => room.wait(60_000, given.signal));
    expect(listeners(given)).toBe(1);
    room.wakeSome();
    await Promise.all(waits.slice(0, 2));
    given.abort(new Error('no more'));
    const outcomes = await Promise.allSettled(waits);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1_998);
    expect({ waiting: room.waiting, listeners: listeners(given) }).toEqual({ waiting: 0, listeners: 0 });
    room.close();
  });

  test('is not begun on a signal that was aborted before', async () => {
    const room = new WaitRoom(1);
    await expect(room.wait(60_000, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    expect(room.waiting).toBe(0);
    room.close();
  });
});

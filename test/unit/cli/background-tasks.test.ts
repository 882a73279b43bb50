import { describe, expect, test } from '@jest/globals';
import { BackgroundTasks } from '../../../src/cli/background-tasks.js';

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

describe('BackgroundTasks', () => {
  test('the first failure ends the others, and is thrown at the end', async () => {
    const tasks = new BackgroundTasks(new AbortController().signal);
    tasks.add(untilAborted(tasks.signal));
    tasks.add(Promise.reject(new Error('first')));
    tasks.add(untilAborted(tasks.signal).then(() => Promise.reject(new Error('second'))));
    await expect(tasks.end()).rejects.toThrow('first');
    expect(tasks.signal.aborted).toBe(true);
  });

  test('the outer signal ends them without a failure', async () => {
    const outer = new AbortController();
    const tasks = new BackgroundTasks(outer.signal);
    tasks.add(untilAborted(tasks.signal));
    outer.abort();
    await expect(tasks.end()).resolves.toBeUndefined();
  });
});

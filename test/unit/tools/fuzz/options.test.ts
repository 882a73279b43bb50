import { expect, test } from '@jest/globals';
import { parseFuzzOptions } from '../../../../tools/fuzz/fuzz-options.js';

test('defaults', async () => {
  expect(await parseFuzzOptions([])).toEqual({
    seconds: 60,
    seed: 1,
    round: 1,
    replay: null,
    shrinkSeconds: 180,
    folder: '.',
  });
});

test('every option', async () => {
  const argv = '--seconds 5 --seed 12 --round 3 --replay a.sql --shrink-seconds 0 --folder cases'.split(' ');
  expect(await parseFuzzOptions(argv)).toEqual({
    seconds: 5,
    seed: 12,
    round: 3,
    replay: 'a.sql',
    shrinkSeconds: 0,
    folder: 'cases',
  });
});

test('every mistake is told at once', async () => {
  await expect(parseFuzzOptions(['--seconds', '0', '--seed', '1.5', '--round', 'x'])).rejects.toThrow(
    /TR_CONFIG_INVALID.*--seconds.*--seed.*--round/,
  );
  await expect(parseFuzzOptions(['--speed', '3'])).rejects.toThrow(/TR_CONFIG_INVALID.*speed/);
});

import { expect, test } from '@jest/globals';
import { TailraceError } from '../../../../src/errors/tailrace-error.js';
import { parseCase, renderCase } from '../../../../tools/fuzz/case-file.js';
import { generateCase } from '../../../../tools/fuzz/generate-case.js';

const mistakeOf = (text: string): string => {
  try {
    parseCase(text);
  } catch (error) {
    if (error instanceof TailraceError) return error.render();
    throw error;
  }
  return 'none';
};

test('a case that was written is read as it was', () => {
  for (let round = 1; round <= 20; round += 1) {
    const fuzzCase = generateCase(4, round, { compression: true, xa: true, statements: true });
    expect(parseCase(renderCase(fuzzCase, ['rows a.t: not the same\nsecond line']))).toEqual(fuzzCase);
  }
});

test('the reasons are comments', () => {
  const text = renderCase(generateCase(4, 1, { compression: false, xa: false, statements: false }), [
    'one\ntwo',
  ]);
  expect(text.split('\n').slice(1, 3)).toEqual(['-- one', '-- two']);
});

test('what is no case is refused with its line', () => {
  const good = renderCase(generateCase(4, 1, { compression: false, xa: false, statements: false }), []);
  expect(mistakeOf('SELECT 1;')).toMatch(/TR_CONFIG_INVALID.*line 1\b/);
  expect(mistakeOf(good.replace('"seed"', 'seed'))).toMatch(/line 1\b/);
  const lines = good.split('\n').length;
  expect(mistakeOf(`${good}DROP TABLE a;\n`)).toMatch(new RegExp(`line ${lines}\\b`));
});

import { describe, expect, test } from '@jest/globals';
import { formatLogLine } from '../../src/cli/log-line.js';
import { main } from '../../src/cli/main.js';
import { renderProblems } from '../../src/cli/problem-list.js';
import { usageWords } from '../../src/cli/usage-words.js';
import { printable, printableLines } from '../../src/errors/printable.js';
import { TailraceError } from '../../src/errors/tailrace-error.js';

describe('an option that there is not', () => {
  const options = ['source', 'replica', 'config', 'lanes'];

  test.each([
    ['Unknown argument: sorce', 'there is no option --sorce; did you mean --source?'],
    ['Unknown argument: replcia', 'there is no option --replcia; did you mean --replica?'],
    ['Unknown argument: elsewhere', 'there is no option --elsewhere'],
    [
      'Unknown arguments: lane, nothing',
      'there is no option --lane; did you mean --lanes?; there is no option --nothing',
    ],
    ['Unknown argument: mysql://u:s3cret@db', 'an argument is not understood'],
    ['Not enough\n arguments', 'Not enough arguments'],
  ])('%s', (message, words) => {
    expect(usageWords(message, options)).toBe(words);
  });
});

describe('what steers a terminal', () => {
  // C0, DEL, C1, line and paragraph separators, and what turns the direction of text.
  const bad = 'a\u001b[2J\u0007\u007f\u009b31m\u2028\u202e\u2066\u200fz';
  const steers = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e\u2066\u200f]/;

  test('is shown by its number, in names, errors, problems and logs', () => {
    expect(printable(bad)).toBe('a\\u001b[2J\\u0007\\u007f\\u009b31m\\u2028\\u202e\\u2066\\u200fz');
    expect(printable('ordinary: äöü 日本 🐬')).toBe('ordinary: äöü 日本 🐬');
    expect(printable('two\nlines')).toBe('two\\u000alines');
    expect(printableLines(`two\nlines${bad}`)).toMatch(/^two\nlinesa/);
    const told = [
      new TailraceError('TR_APPLY_FAILED', { what: bad, why: bad, cure: bad }).render(),
      renderProblems([
        { severity: 'error', code: 'TR_APPLY_FAILED', what: `${bad}\nx`, why: bad, cure: bad },
      ]),
      formatLogLine(JSON.stringify({ level: 'warn', msg: bad, table: bad })),
    ];
    for (const text of told) {
      expect(text).not.toMatch(steers);
      expect(text).toContain('\\u009b');
    }
    expect(told[1]?.split('\n')).toHaveLength(3);
  });
});

test('without a command the help is shown, and the exit code is that of a wrong usage', async () => {
  const written: string[] = [];
  const { write } = process.stderr;
  process.stderr.write = ((text: string) => written.push(text) > 0) as typeof write;
  try {
    expect(await main([])).toBe(2);
  } finally {
    process.stderr.write = write;
  }
  expect(written.join('')).toContain('tailrace COMMAND [options]');
});

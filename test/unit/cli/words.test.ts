import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { formatLogLine } from '../../../src/cli/log-line.js';
import { main } from '../../../src/cli/main.js';
import { renderProblems } from '../../../src/cli/problem-list.js';
import { oneLinkFromArguments } from '../../../src/cli/one-link.js';
import { endpointOf } from '../../../src/cli/status-command.js';
import { usageWords } from '../../../src/cli/usage-words.js';
import { verifySettings } from '../../../src/cli/verify-arguments.js';
import { printable, printableLines } from '../../../src/errors/printable.js';
import { TailraceError } from '../../../src/errors/tailrace-error.js';

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
    [
      'Not enough non-option arguments: got 0, need at least 1',
      'the transaction is missing: give its GTID, or FILE:POSITION',
    ],
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

describe('a configuration file names the servers of commands that are about one replica', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'one-link-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'tailrace.yaml');
  writeFileSync(
    file,
    `source: { url: "mysql://t@192.0.2.1:3306" }
replicas:
  - { url: "mysql://t@192.0.2.2:3306", name: db2 }
  - { url: "mysql://t@192.0.2.3:3306" }
listen: { address: "0.0.0.0:9999" }
`,
  );

  test.each([
    [{ name: 'db2' }, '192.0.2.2'],
    [{ replica: '192.0.2.3:3306' }, '192.0.2.3'],
    [{ replica: 'mysql://t@192.0.2.3:3306' }, '192.0.2.3'],
  ])('%j', (given, host) => {
    expect(oneLinkFromArguments({ config: file, ...given }, {}).replica.host).toBe(host);
    expect(verifySettings({ config: file, ...given }, {}).replica.host).toBe(host);
  });

  test.each([
    [{}, /the file has several replicas; choose one of db2, 192\.0\.2\.3:3306/],
    [{ name: 'db9' }, /the file has no such replica; it has db2, /],
  ])('%j is refused', (given, words) => {
    const refused = (): unknown => oneLinkFromArguments({ config: file, ...given }, {});
    expect(refused).toThrow(expect.objectContaining({ why: expect.stringMatching(words) }));
  });

  test('status asks where the daemon listens, with its token', () => {
    const { url, token } = endpointOf(
      { config: file },
      { TAILRACE_READ_TOKEN: 'a-token-to-read-hints-with' },
    );
    expect(url.href).toBe('http://127.0.0.1:9999/v1/hints');
    expect(token).toBe('a-token-to-read-hints-with');
    expect(() => endpointOf({ config: file, url: 'http://x' }, {})).toThrow();
  });
});

test('without a command the help is shown, and the exit code is that of a wrong usage', async () => {
  const written: string[] = [];
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = (text: string) => written.push(text) > 0;
  try {
    expect(await main([])).toBe(2);
  } finally {
    process.stderr.write = write;
  }
  expect(written.join('')).toContain('tailrace COMMAND [options]');
});

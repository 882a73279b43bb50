import { describe, expect, test } from '@jest/globals';
import yargs from 'yargs';
import { linksFromArguments } from '../../../src/cli/link-arguments.js';
import { addLinkOptions } from '../../../src/cli/link-options.js';
import { parseUntil } from '../../../src/cli/until-option.js';
import { TailraceError } from '../../../src/errors/tailrace-error.js';

const servers = ['--source', 'mysql://u:s3cret@s', '--replica', 'mysql://u:s3cret@r'];

function links(argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const parser = addLinkOptions(yargs([...argv]), { config: true }).parserConfiguration({
    'greedy-arrays': false,
    'camel-case-expansion': false,
  });
  return linksFromArguments(parser.parseSync(), env);
}

function failureOf(action: () => unknown): TailraceError {
  try {
    action();
  } catch (error) {
    if (error instanceof TailraceError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('options of links', () => {
  test('become settings', () => {
    const argv = [
      ...servers,
      ...['--lanes', '8', '--partition', 'table', '--budget-mib', '32', '--epoch-rows-max', '500'],
      ...['--epoch-mib-max', '2', '--on-conflict', 'skip', '--name', '007', '--server-id', '4294967295'],
      ...['--from', 'binlog.000002:4', '--linked-tables', 'a.b,a.c', '--linked-tables', 'd.e, d.f'],
    ];
    expect(links(argv)).toEqual([
      {
        name: '007',
        source: { host: 's', port: 3306, user: 'u', password: 's3cret' },
        replica: { host: 'r', port: 3306, user: 'u', password: 's3cret' },
        lanes: 8,
        partition: 'table',
        budgetBytes: 32 * 1024 ** 2,
        epochRowsMax: 500,
        epochBytesMax: 2 * 1024 ** 2,
        onConflict: 'skip',
        statements: 'apply',
        linkedTables: [
          ['a.b', 'a.c'],
          ['d.e', 'd.f'],
        ],
        serverId: 4294967295,
        from: { file: 'binlog.000002', offset: 4 },
      },
    ]);
  });

  test('several replicas give several links', () => {
    const names = links([...servers, '--replica=mysql://u@other:3307', '--lanes=2']).map(
      ({ name, lanes }) => [name, lanes],
    );
    expect(names).toEqual([
      ['r:3306', 2],
      ['other:3307', 2],
    ]);
  });

  test('servers and passwords come from the environment', () => {
    const env = {
      TAILRACE_SOURCE_URL: 'mysql://u@s',
      TAILRACE_REPLICA_URL: 'mysql://u@r',
      TAILRACE_REPLICA_PASSWORD: 'pw',
    };
    expect(links([], env)[0]).toMatchObject({
      source: { password: '' },
      replica: { host: 'r', password: 'pw' },
    });
  });

  test('every mistake is named at once, by its option, and no secret is shown [P12]', () => {
    const error = failureOf(() =>
      links([
        ...['--source', 'mysql://u:s3cret@s/db', '--replica', 'mysql://u@r', '--replica', 'r:s3cret'],
        ...['--lanes', 'all', '--partition', 'tables', '--on-conflict', 'skip', '--on-conflict', 'stop'],
        ...['--server-id', '7', '--linked-tables', 'alone'],
      ]),
    );
    expect(error.code).toBe('TR_CONFIG_INVALID');
    expect(error.render()).not.toContain('s3cret');
    expect((error.why ?? '').split('\n').map((line) => line.trim())).toEqual([
      '--on-conflict: is given more than once',
      '--server-id: belongs to one replica; with several, use --config',
      expect.stringMatching(/^--source: it names a database/),
      '--lanes: must be a whole number',
      '--partition: must be one of schema, table, row, auto; did you mean table?',
      '--linked-tables: write a table as schema.table',
      '--linked-tables: must have 2 or more entries',
      '--replica (number 2): it must begin with mysql://',
    ]);
  });

  test('what is missing is named', () => {
    expect(failureOf(() => links([])).why).toBe(
      '--source: is missing; give it here or in TAILRACE_SOURCE_URL\n' +
        '        --replica: is missing; give it here or in TAILRACE_REPLICA_URL',
    );
  });

  test('a file stands alone', () => {
    expect(failureOf(() => links(['--config', 'x.yaml', '--lanes', '4'])).why).toBe(
      '--lanes: cannot be combined with --config; set it in the file',
    );
    const example = new URL('../../../config/tailrace.example.yaml', import.meta.url).pathname;
    expect(links(['--config', example])).toHaveLength(2);
  });
});

describe('--until', () => {
  const sid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

  test('is now, a GTID set or a position', () => {
    expect(parseUntil(' NOW ')).toEqual({ kind: 'now' });
    expect(parseUntil('binlog.000003:197')).toEqual({
      kind: 'position',
      position: { file: 'binlog.000003', offset: 197 },
    });
    for (const text of [`${sid}:5`, `${sid}:1-5`, `${sid}:tag:7`]) {
      const until = parseUntil(text);
      expect(until.kind === 'gtid' && until.set.toString()).toBe(text);
    }
  });

  test.each([
    ['', 'TR_CONFIG_INVALID'],
    ['tomorrow', 'TR_GTID_SYNTAX'],
    [`${sid}:`, 'TR_GTID_SYNTAX'],
    ['binlog.000003:1', 'TR_CONFIG_INVALID'],
  ])('"%s" is refused', (text, code) => {
    expect(failureOf(() => parseUntil(text)).code).toBe(code);
  });
});

import { describe, expect, test } from '@jest/globals';
import { outcomeOf, passedOver } from '../../../tools/server-tests/file-outcome.js';
import { oneServerInclude } from '../../../tools/server-tests/one-server-includes.js';
import { outcomeTable } from '../../../tools/server-tests/outcome-table.js';
import { includedFiles, reasonToPassOver } from '../../../tools/server-tests/pass-over.js';
import { planStops } from '../../../tools/server-tests/plan-stops.js';
import { parseServerTestsOptions } from '../../../tools/server-tests/server-tests-options.js';

const file = {
  suite: 'main',
  name: 'a',
  folder: 't',
  neighbours: new Set(['a.test', 'b.test', 'b-master.opt']),
};
const logged = (...statements: string[]) =>
  statements.map((statement, at) => ({ gtid: `uuid:${at + 1}`, statement }));

describe('the command line', () => {
  test('defaults, and every option', async () => {
    expect(await parseServerTestsOptions([])).toEqual({
      suite: 'main',
      match: new RegExp(''),
      seconds: 600,
      fileSeconds: 60,
      stopsMax: 12,
      binlogFormat: 'row',
      folder: '.',
    });
    const argv =
      '--suite engines/funcs --match ^an_ --seconds 5 --file-seconds 7 --stops-max 3 --binlog-format mixed --folder out'.split(
        ' ',
      );
    expect(await parseServerTestsOptions(argv)).toEqual({
      suite: 'engines/funcs',
      match: /^an_/,
      seconds: 5,
      fileSeconds: 7,
      stopsMax: 3,
      binlogFormat: 'mixed',
      folder: 'out',
    });
  });

  test('every mistake is told at once', async () => {
    const argv = ['--suite', '../x', '--match', '(', '--seconds', '0', '--stops-max', '1.5'];
    await expect(parseServerTestsOptions(argv)).rejects.toThrow(
      /TR_CONFIG_INVALID.*--seconds.*--stops-max.*--match.*--suite/,
    );
  });
});

describe('a file is passed over', () => {
  test.each([
    ['--source include/have_debug.inc', 'a debug build'],
    ["SET DEBUG_SYNC= 'now SIGNAL go';", 'a debug build'],
    ['  --source include/restart_mysqld.inc', 'restarts of the server'],
    ['SHUTDOWN;', 'restarts of the server'],
    ['RESET BINARY LOGS AND GTIDS;', 'a binary log that starts again'],
    ["INSTALL PLUGIN example SONAME 'ha_example.so';", 'plugins or components'],
    ['--source include/big_test.inc', 'a long run'],
    ['--source include/have_binlog_format_statement.inc', 'the statement format'],
  ])('that says %s', (text, reason) => {
    expect(reasonToPassOver(file, `SELECT 1;\n${text}\nSELECT 2;`)).toBe(reason);
  });

  test('if options lie beside it, and not if they are those of another', () => {
    expect(reasonToPassOver(file, '')).toBeNull();
    expect(reasonToPassOver({ ...file, name: 'b' }, '')).toBe('options of its own');
  });

  test('not for what only sounds like it', () => {
    const harmless =
      'CREATE TABLE debug_sync (shutdown INT);\nSELECT reset FROM plugin;\n--source include/have_log_bin.inc';
    expect(reasonToPassOver(file, harmless)).toBeNull();
  });

  test('by what it includes, however that is written', () => {
    const text =
      '--source include/a.inc\nsource suite/rpl/b.test;\n-- source include/c.inc\n# SELECT 1;\nlet $a= b.inc;';
    expect(includedFiles(text)).toEqual(['include/a.inc', 'suite/rpl/b.test', 'include/c.inc']);
  });
});

describe('the replicas are compared', () => {
  test('before each drop that follows something else, and in the end', () => {
    const transactions = logged(
      'CREATE TABLE a',
      '',
      'DROP TABLE a',
      'drop view v',
      '',
      '/* x */ TRUNCATE b',
      '',
    );
    expect(planStops(transactions, 10)).toEqual([2, 5, 7]);
  });

  test('once where nothing is dropped, never where nothing was written', () => {
    expect(planStops(logged('CREATE TABLE a', ''), 10)).toEqual([2]);
    expect(planStops(logged('DROP TABLE a'), 10)).toEqual([1]);
    expect(planStops([], 10)).toEqual([]);
  });

  test('no more often than they may be, spread over the whole', () => {
    const transactions = logged(
      ...Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? '' : 'DROP TABLE a')),
    );
    expect(planStops(transactions, 6)).toEqual([19, 39, 59, 79, 99, 100]);
    expect(planStops(transactions, 1)).toEqual([100]);
  });
});

test('a replication test finds the source where it looks for a replica', () => {
  const opened = oneServerInclude('init_source_replica.inc');
  const [, replica = 'none'] = /^connection (\w+);\n$/.exec(oneServerInclude('sync_to_replica.inc')) ?? [];
  expect(opened).toContain(`connect (${replica},localhost,root,,test);`);
  expect(oneServerInclude('start_replica.inc')).toBe('\n');
});

test('the table adds up what came of the files', () => {
  const alike = { ...outcomeOf(file), verdict: 'alike', transactions: 3, rowEvents: 5, stops: 2 } as const;
  const table = outcomeTable([
    alike,
    alike,
    passedOver(file, 'a debug build'),
    passedOver(file, 'a long run'),
  ]);
  expect(table).toContain('| main | 2 | 0 | 0 | 0 | 0 | 2 | 6 | 10 | 4 |');
  expect(table).toContain('| a debug build | 1 |');
});

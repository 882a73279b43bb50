import { describe, expect, test } from '@jest/globals';
import { catchupJson, catchupSentence } from '../../../src/cli/catchup-summary.js';
import { formatLogLine } from '../../../src/cli/log-line.js';
import { createLog } from '../../../src/cli/log.js';
import { countProblems, refusalFor, renderProblems } from '../../../src/cli/problem-list.js';
import { renderFailure } from '../../../src/errors/render-failure.js';
import { TailraceError } from '../../../src/errors/tailrace-error.js';
import type { LinkReport } from '../../../src/link/link-progress.js';
import type { LinkSettings } from '../../../src/link/link-settings.js';
import type { Problem } from '../../../src/preflight/problem.js';

const address = (host: string) => ({ host, port: 3306, user: 'u', password: 's3cret' });
const settings: LinkSettings = {
  name: 'r:3306',
  source: address('s'),
  replica: address('r'),
  lanes: 4,
  partition: 'auto',
  budgetBytes: 1,
  epochRowsMax: 1,
  epochBytesMax: 1,
  onConflict: 'stop',
  statements: 'apply',
  linkedTables: [],
  serverId: 1,
  from: null,
};
const report: LinkReport = {
  state: 'stopped',
  transactions: 60_000,
  rowsIn: 480_000,
  rowsOut: 120_000,
  epochs: 12,
  fallbacks: 0,
  conflicts: 0,
  leftOut: 0,
  barriers: 1,
  bytesApplied: 100 * 1024 ** 2,
  bytesBehind: 0,
  bytesHeld: 0,
  appliedCommitMicros: 1,
  position: { file: 'binlog.000003', offset: 197 },
  firstAppliedMs: 210,
  seconds: 3.05,
  gtidExecuted: '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-60000',
  lanes: 4,
  mode: 'batch',
};

describe('the outcome of a catch-up', () => {
  test('as JSON is one line with the documented names', () => {
    const line = catchupJson({ settings, report, level: true, handoff: { by: 'gtid', running: true } });
    expect(line).not.toMatch(/\n|s3cret/);
    expect(JSON.parse(line)).toMatchObject({
      transactions: 60_000,
      rows_in: 480_000,
      rows_out: 120_000,
      epochs: 12,
      fallbacks: 0,
      seconds: 3.05,
      gtid_executed: report.gtidExecuted,
      lanes: 4,
      mode: 'batch',
      level: true,
      handoff: { by: 'gtid', running: true },
    });
  });

  test('for a person', () => {
    expect(catchupSentence({ settings, report, level: true, handoff: null })).toMatch(
      /^r:3306: caught up\. 60,000 transactions in 3\.0 s \(19,672\/s, 100 MiB of binary log\)\./,
    );
    expect(catchupSentence({ settings, report, level: false, handoff: null })).toMatch(
      /not caught up yet[^]*same command again/,
    );
  });
});

describe('problems', () => {
  const problem = (code: Problem['code'], severity: Problem['severity'] = 'error'): Problem => ({
    severity,
    code,
    what: `what of ${code}`,
    cure: `cure of ${code}`,
  });

  test('are listed with their cures, errors first', () => {
    const problems = [
      problem('TR_STREAM_PURGED', 'warning'),
      { ...problem('TR_STATEMENT_FORMAT'), why: 'because' },
    ];
    expect(renderProblems(problems)).toBe(
      '  error   TR_STATEMENT_FORMAT: what of TR_STATEMENT_FORMAT\n' +
        '          why:  because\n' +
        '          cure: cure of TR_STATEMENT_FORMAT\n' +
        '  warning TR_STREAM_PURGED: what of TR_STREAM_PURGED\n' +
        '          cure: cure of TR_STREAM_PURGED',
    );
    expect(countProblems(problems)).toBe('1 error, 1 warning');
  });

  test('warnings refuse nothing, one error keeps its code, several become one refusal', () => {
    expect(refusalFor([problem('TR_STREAM_PURGED', 'warning')])).toBeNull();
    expect(refusalFor([problem('TR_STATEMENT_FORMAT')])?.code).toBe('TR_STATEMENT_FORMAT');
    const refusal = refusalFor([problem('TR_STATEMENT_FORMAT'), problem('TR_STREAM_PURGED')]);
    expect(refusal?.code).toBe('TR_PREFLIGHT_FAILED');
    expect(refusal?.render()).toContain('cure of TR_STREAM_PURGED');
  });

  test('two servers that cannot be reached are still a thing that passes', () => {
    const refusal = refusalFor([problem('TR_SERVER_UNREACHABLE'), problem('TR_SERVER_UNREACHABLE')]);
    expect(refusal?.code).toBe('TR_SERVER_UNREACHABLE');
  });
});

describe('failures', () => {
  test('with a code keep their exit code', () => {
    const failure = renderFailure(new TailraceError('TR_STREAM_PURGED', { what: 'gone' }));
    expect(failure.exitCode).toBe(4);
    expect(failure.text).toMatch(/^TR_STREAM_PURGED: gone\n {2}cure: /);
  });

  test('without one are defects, shown with their stack and without passwords [P12]', () => {
    const failure = renderFailure(new TypeError('cannot read mysql://u:s3cret@h'));
    expect(failure.exitCode).toBe(70);
    expect(failure.text).toMatch(/^TR_INTERNAL: cannot read mysql:\/\/u:\*\*\*@h\n[^]*\n +at /);
    expect(failure.text).not.toContain('s3cret');
    expect(renderFailure('a text').text).toMatch(/^TR_INTERNAL: a text/);
  });
});

describe('the log', () => {
  function logged(isTTY: boolean): { lines: string[]; stream: NodeJS.WriteStream } {
    const lines: string[] = [];
    const stream = { isTTY, write: (text: string) => lines.push(text) > 0 } as unknown as NodeJS.WriteStream;
    return { lines, stream };
  }

  test('is JSON off a terminal, with the parts of an error and without passwords', () => {
    const { lines, stream } = logged(false);
    const error = new TailraceError('TR_SERVER_LOST', { what: 'gone', why: 'network' });
    createLog(stream)
      .child({ link: 'r' })
      .warn({ err: error, source: address('s') }, 'interrupted');
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'warn',
      link: 'r',
      msg: 'interrupted',
      err: { code: 'TR_SERVER_LOST', what: 'gone', why: 'network', cure: error.cure },
      source: { host: 's', password: '***' },
    });
    createLog(stream).error({ err: new Error('mysql://u:s3cret@h') }, 'defect');
    expect(lines.join('')).not.toContain('s3cret');
  });

  test('is readable on a terminal', () => {
    const { lines, stream } = logged(true);
    createLog(stream).child({ link: 'r' }).info({ rows: 5, state: 'following' }, 'a message');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d {2}info {3}r {2}a message {2}rows=5 {2}state=following\n$/);
    createLog(stream).error(
      { err: new TailraceError('TR_SERVER_LOST', { what: 'gone', cure: 'wait' }) },
      'oh',
    );
    expect(lines[1]).toMatch(/oh\n {4}TR_SERVER_LOST: gone\n {4}cure: wait\n$/);
  });

  test('passes on what is not JSON', () => expect(formatLogLine('plain\n')).toBe('plain\n'));
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { tailrace, TailraceProcess } from '../support/tailrace-process.js';

const nobody = 'mysql://u:s3cret@127.0.0.1:1';

describe('the command line', () => {
  test('--help shows the commands, and --version the version', async () => {
    const help = await tailrace(['--help']);
    expect(help.code).toBe(0);
    for (const word of ['catchup', 'run', 'check', 'demo', 'Exit codes']) expect(help.stdout).toContain(word);
    const version = await tailrace(['--version']);
    const shipped = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(version.stdout.trim()).toBe(shipped.version);
  });

  test.each(['catchup', 'run', 'check', 'demo'])('%s --help has an example', async (command) => {
    const { code, stdout } = await tailrace([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain(`tailrace ${command}`);
  });

  test.each([
    ['an unknown command', ['catchpu']],
    ['an unknown option', ['catchup', '--source', nobody, '--replica', nobody, '--lnaes', '4']],
    ['a stray URL', ['catchup', nobody]],
    ['a mode that is not there', ['catchup', '--source', nobody, '--replica', nobody, '--mode', 'mirror']],
    [
      'a mistaken --until',
      ['catchup', '--source', nobody, '--replica', 'mysql://u@127.0.0.1:2', '--until', 'later'],
    ],
    ['a mistaken --seconds', ['demo', '--seconds', 'many']],
  ])('%s ends with exit code 2, a cure, and no secret', async (_, args) => {
    const { code, stdout, stderr } = await tailrace(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^TR_[A-Z_]+: /);
    expect(stderr).toContain('cure: ');
    expect(stderr).not.toContain('s3cret');
  });

  test('no command prints the help, and what was meant by a misspelt option is asked', async () => {
    const bare = await tailrace([]);
    expect(bare).toMatchObject({ code: 2, stdout: '' });
    expect(bare.stderr).toContain('tailrace COMMAND [options]');
    const { code, stderr } = await tailrace(['catchup', '--sorce', nobody]);
    expect(code).toBe(2);
    expect(stderr).toContain('there is no option --sorce; did you mean --source?');
  });

  test('every mistake of a command line comes at once', async () => {
    const { code, stderr } = await tailrace(['run', '--source', 'h', '--replica', nobody, '--lanes', '99']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--source: [^]*--lanes: must be 64 or less/);
  });

  test('a server that cannot be reached ends with exit code 5', async () => {
    const { code, stderr } = await tailrace([
      'catchup',
      '--source',
      nobody,
      '--replica',
      'mysql://u:s3cret@127.0.0.1:2',
    ]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/^TR_SERVER_UNREACHABLE: /);
    expect(stderr).not.toContain('s3cret');
  });

  test('check prints what it found, and ends with exit code 1', async () => {
    const { code, stdout } = await tailrace([
      'check',
      '--source',
      nobody,
      '--replica',
      'mysql://u:s3cret@127.0.0.1:2',
    ]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^127\.0\.0\.1:2: \d errors?, 0 warnings\n {2}error {3}TR_SERVER_UNREACHABLE: /);
    expect(stdout).not.toContain('s3cret');
  });

  test('a password on the command line does not stay in the list of processes [P12]', async () => {
    const running = new TailraceProcess([
      'run',
      '--source',
      nobody,
      '--replica',
      'mysql://u:s3cret@127.0.0.1:2',
    ]);
    await running.says('will be retried');
    expect(readFileSync(`/proc/${running.pid}/cmdline`, 'utf8')).not.toContain('s3cret');
    running.signal('SIGTERM');
    const { code, stderr } = await running.end();
    expect(code).toBe(0);
    expect(stderr).not.toContain('s3cret');
  });
});

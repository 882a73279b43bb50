import { describe, expect, test } from '@jest/globals';
import { parseBinlogPosition } from '../../../src/binlog/binlog-position.js';
import { didYouMean } from '../../../src/config/did-you-mean.js';
import { defaultLinkName, defaultServerId } from '../../../src/config/link-identity.js';
import { formatServerAddress } from '../../../src/mysql/format-server-address.js';
import { redactSecrets } from '../../../src/errors/redact-secrets.js';
import { parseServerUrl } from '../../../src/config/server-url.js';
import { TailraceError } from '../../../src/errors/tailrace-error.js';

describe('parseServerUrl', () => {
  test.each([
    ['mysql://u@h', { host: 'h', port: 3306, user: 'u', password: '' }],
    ['mysql://u:p@h:3307', { host: 'h', port: 3307, user: 'u', password: 'p' }],
    ['mysql://u:p@h:3307/', { host: 'h', port: 3307, user: 'u', password: 'p' }],
    ['mysql://u:p@[::1]:3307', { host: '::1', port: 3307, user: 'u', password: 'p' }],
    ['mysql://a%40b:p%3A%2F%3F%23%40%25@h', { host: 'h', port: 3306, user: 'a@b', password: 'p:/?#@%' }],
    ['mysql://u:p@ss@h', { host: 'h', port: 3306, user: 'u', password: 'p@ss' }],
    ['mysql://u:%C3%A9@h', { host: 'h', port: 3306, user: 'u', password: 'é' }],
    ['MYSQL://u@h?tls=verify', { host: 'h', port: 3306, user: 'u', password: '', tls: 'verify' }],
    [
      'mysql://u@localhost?socket=/run/mysqld/mysqld.sock',
      { host: 'localhost', port: 3306, user: 'u', password: '', socketPath: '/run/mysqld/mysqld.sock' },
    ],
  ])('%s', (url, address) => {
    expect(parseServerUrl(url)).toEqual(address);
  });

  test.each([
    ['another scheme', 'http://u:s3cret@h', /begin with mysql/],
    ['no scheme', 'u:s3cret@h', /begin with mysql/],
    ['no user', 'mysql://h', /no user/],
    ['no host', 'mysql://', /cannot be read|no host/],
    ['a database', 'mysql://u:s3cret@h/shop', /database/],
    ['a port of zero', 'mysql://u:s3cret@h:0', /port/],
    ['a port too high', 'mysql://u:s3cret@h:65536', /cannot be read/],
    ['a # in the password', 'mysql://u:12#s3cret@h', /#/],
    ['a / in the password', 'mysql://u:1/s3cret@h', /%2F/],
    ['a ? in the password', 'mysql://u:1?s3cret@h', /%3F/],
    ['a lone %', 'mysql://u:s3cret%@h', /%25/],
    ['an unknown parameter', 'mysql://u:s3cret@h?ssl=1', /parameter/],
    ['an unknown TLS mode', 'mysql://u:s3cret@h?tls=s3cret', /one of off/],
    ['a relative socket', 'mysql://u:s3cret@h?socket=run', /absolute/],
  ])('%s is refused, and no secret shown', (_, url, why) => {
    let error: unknown;
    try {
      parseServerUrl(url);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(TailraceError);
    const shown = (error as TailraceError).render();
    expect(shown).toMatch(/^TR_CONFIG_INVALID/);
    expect(shown).toMatch(why);
    expect(shown).not.toContain('s3cret');
  });
});

describe('what is shown of a server', () => {
  test('never is the password', () => {
    for (const url of ['mysql://u:s3cret@h:3307', 'mysql://u%40x:s3cret@[::1]:1?tls=verify']) {
      const shown = formatServerAddress(parseServerUrl(url));
      expect(shown).not.toContain('s3cret');
      expect(parseServerUrl(shown)).toEqual({ ...parseServerUrl(url), password: '' });
    }
  });

  test('a text of unknown origin loses the passwords of URLs, and those given', () => {
    expect(redactSecrets('connect mysql://u:p@ss@h:1 and mysql://v@h failed')).toBe(
      'connect mysql://u:***@h:1 and mysql://v@h failed',
    );
    expect(redactSecrets('login with hunter22 failed, hunter22', ['hunter22', 'a'])).toBe(
      'login with *** failed, ***',
    );
  });
});

describe('a link that was given no name', () => {
  const address = (host: string) => ({ host, port: 3306, user: 'u', password: '' });

  test('is named after its replica', () => {
    expect(defaultLinkName(address('db1'))).toBe('db1:3306');
    expect(defaultLinkName(address('::1'))).toBe('[::1]:3306');
    expect(defaultLinkName({ ...address('localhost'), socketPath: '/run/my sql.sock' })).toBe(
      '/run/my_sql.sock',
    );
  });

  test('keeps to 64 characters, and long names stay apart', () => {
    const names = ['a', 'b'].map((end) => defaultLinkName(address(`${'h'.repeat(80)}${end}`)));
    expect(names.map((name) => name.length)).toEqual([64, 64]);
    expect(names[0]).not.toBe(names[1]);
  });

  test('has a server_id of its own that stays the same', () => {
    expect(defaultServerId('db1:3306')).toBe(defaultServerId('db1:3306'));
    const ids = Array.from({ length: 1000 }, (_, i) => defaultServerId(`db${i}:3306`));
    expect(new Set(ids).size).toBe(1000);
    expect(ids.every((id) => Number.isInteger(id) && id >= 2 ** 31 && id < 2 ** 32)).toBe(true);
  });
});

test('a position is FILE:POSITION', () => {
  expect(parseBinlogPosition(' binlog.000003:197 ')).toEqual({ file: 'binlog.000003', offset: 197 });
  for (const text of [
    'binlog.000003',
    'binlog.000003:',
    ':4',
    'binlog.000003:3',
    'a b:4',
    '/x/binlog.1:4',
    'f:1e3',
  ]) {
    expect(() => parseBinlogPosition(text)).toThrow(/^TR_CONFIG_INVALID/);
  }
});

test('did you mean finds slips, not strangers', () => {
  const known = ['lanes', 'partition', 'password_file', 'epoch_rows_max'];
  expect(didYouMean('lane', known)).toBe('lanes');
  expect(didYouMean('partiton', known)).toBe('partition');
  expect(didYouMean('epochRowsMax', known)).toBe('epoch_rows_max');
  expect(didYouMean('password', known)).toBe('password_file');
  expect(didYouMean('colour', known)).toBeNull();
});

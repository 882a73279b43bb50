import { readFileSync } from 'node:fs';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfigFile, parseConfigText } from '../../../src/config/config-file.js';
import { configJsonSchema } from '../../../tools/reference/config-json-schema.js';
import { TailraceError } from '../../../src/errors/tailrace-error.js';

const minimal = `
source: { url: mysql://repl:s3cret@source.example }
replicas:
  - url: mysql://repl:s3cret@replica.example:3307
`;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const parse = (text: string, env: Record<string, string> = {}) =>
  parseConfigText(text, 'test.yaml', { env, folder }).links;

function mistakesOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    parse(text, env);
  } catch (error) {
    if (!(error instanceof TailraceError)) throw error;
    expect(error.code).toBe('TR_CONFIG_INVALID');
    expect(error.render()).not.toContain('s3cret');
    return (error.why ?? '').split('\n').map((line) => line.trim());
  }
  return [];
}

describe('a configuration file', () => {
  test('gives a link its defaults', () => {
    const [link] = parse(minimal);
    expect(link).toMatchObject({
      name: 'replica.example:3307',
      source: { host: 'source.example', port: 3306, user: 'repl', password: 's3cret' },
      lanes: 4,
      partition: 'auto',
      budgetBytes: 64 * 1024 * 1024,
      epochRowsMax: 200_000,
      epochBytesMax: 16 * 1024 * 1024,
      onConflict: 'stop',
      statements: 'apply',
      linkedTables: [],
      from: null,
    });
    expect(link!.serverId).toBeGreaterThanOrEqual(2 ** 31);
    expect(link!.serverId).toBe(parse(minimal)[0]!.serverId);
  });

  test('a replica overrides what holds for all', () => {
    const links = parse(`
source: { url: mysql://u@s }
link: { lanes: 8, budget_mib: 8, on_conflict: skip, linked_tables: [[a.b, a.c]] }
replicas:
  - url: mysql://u@one
  - { url: mysql://u@two, name: two, lanes: 1, partition: table, from: 'binlog.000003:197', linked_tables: [[d.e, d.f]] }
`);
    expect(links[0]).toMatchObject({
      name: 'one:3306',
      lanes: 8,
      onConflict: 'skip',
      statements: 'apply',
      epochBytesMax: 8 * 1024 * 1024,
    });
    expect(links[1]).toMatchObject({
      name: 'two',
      lanes: 1,
      partition: 'table',
      from: { file: 'binlog.000003', offset: 197 },
      linkedTables: [
        ['a.b', 'a.c'],
        ['d.e', 'd.f'],
      ],
    });
  });

  test('names every mistake at once, with its line and column', () => {
    const mistakes = mistakesOf(`source:
  url: postgres://u:s3cret@h
  pasword_file: x
link:
  lanes: many
  partition: rows
  on_conflict: explode
replicas:
  - url: mysql://u:s3cret@r
    lanes: 65
    budget_mib: 4
    epoch_mib_max: 8
    from: here
    linked_tables: [[a.b], [plain, c.d]]
  - name: without url
  - url: mysql://u:other@r
    paralel: 4
`);
    expect(mistakes).toEqual([
      'test.yaml:2:8 source.url: it must begin with mysql://',
      'test.yaml:3:3 source.pasword_file: there is no such setting; did you mean password_file?',
      'test.yaml:5:10 link.lanes: must be a whole number',
      'test.yaml:6:14 link.partition: must be one of schema, table, row, auto; did you mean row?',
      'test.yaml:7:16 link.on_conflict: must be one of stop, overwrite, skip',
      'test.yaml:10:12 replicas[0].lanes: must be 64 or less',
      'test.yaml:12:20 replicas[0].epoch_mib_max: an epoch of 8 MiB does not fit a budget_mib of 4',
      'test.yaml:13:11 replicas[0].from: a position is written FILE:POSITION, as in binlog.000003:197, and is 4 or above',
      'test.yaml:14:21 replicas[0].linked_tables[0]: must have 2 or more entries',
      'test.yaml:14:29 replicas[0].linked_tables[1][0]: write a table as schema.table',
      'test.yaml:15:5 replicas[1].url: is missing',
      'test.yaml:15:11 replicas[1].name: a name has 1 to 64 characters and no spaces',
      'test.yaml:16:10 replicas[2].url: is the same server as replicas[0]',
      expect.stringMatching(
        /^test\.yaml:17:5 replicas\[2\]\.paralel: there is no such setting; known here are/,
      ),
    ]);
  });

  test('a password that is written where it does not belong is named, not shown', () => {
    expect(
      mistakesOf('source: { url: mysql://u@h, password: s3cret }\nreplicas: [{ url: mysql://u@r }]'),
    ).toEqual(['test.yaml:1:29 source.password: there is no such setting; did you mean password_file?']);
  });

  test('mistakes of YAML itself are located, and no line is quoted', () => {
    expect(mistakesOf('source:\n  url: mysql://u:s3cret@h\n  url: twice\n')[0]).toMatch(/^test\.yaml:3:3: /);
    expect(mistakesOf('source: [s3cret\n')[0]).toMatch(/^test\.yaml:\d+:\d+: /);
    expect(mistakesOf('source: *s3cret\n')).toHaveLength(1);
  });

  test('an empty file without environment says what is missing', () => {
    expect(mistakesOf('')).toEqual([
      'test.yaml:1:1 source.url: is missing; give it here or in TAILRACE_SOURCE_URL',
      'test.yaml:1:1 replicas[0].url: is missing; give it here or in TAILRACE_REPLICA_URL',
    ]);
    expect(mistakesOf('- a list')).toEqual(['test.yaml:1:1 (top): must be a group of settings']);
  });

  test('links must differ', () => {
    const replicas = (a: string, b: string) => `source: { url: mysql://u@s }\nreplicas: [{ ${a} }, { ${b} }]`;
    expect(mistakesOf(replicas('url: mysql://u@a, name: x', 'url: mysql://u@b, name: x'))[0]).toMatch(
      /replicas\[1\]\.name: is already the name of replicas\[0\]$/,
    );
    expect(
      mistakesOf(replicas('url: mysql://u@a, server_id: 7', 'url: mysql://u@b, server_id: 7'))[0],
    ).toMatch(/server_id: is already that of replicas\[0\]$/);
    expect(mistakesOf(replicas('url: mysql://u@S:3306', 'url: mysql://u@b'))[0]).toMatch(
      /is the source itself$/,
    );
  });

  test('a shared mistake is named once, however many replicas there are', () => {
    const text =
      'source: { url: mysql://u@s }\nlink: { epoch_mib_max: 99 }\nreplicas: [{ url: mysql://u@a }, { url: mysql://u@b }]';
    expect(mistakesOf(text)).toEqual([
      'test.yaml:2:24 link.epoch_mib_max: an epoch of 99 MiB does not fit a budget_mib of 64',
    ]);
  });
});

describe('passwords', () => {
  const withSource = (more: string) =>
    `source: { url: mysql://u@s, ${more} }\nreplicas: [{ url: mysql://u@r }]`;
  const passwords = (text: string, env: Record<string, string>) => {
    const [link] = parse(text, env);
    return [link!.source.password, link!.replica.password];
  };

  test('come from the environment, each server its own', () => {
    const env = { TAILRACE_SOURCE_PASSWORD: 'one', TAILRACE_REPLICA_PASSWORD: 'two' };
    expect(passwords('source: { url: mysql://u@s }\nreplicas: [{ url: mysql://u@r }]', env)).toEqual([
      'one',
      'two',
    ]);
    expect(passwords('source: { url: "mysql://u:own@s" }\nreplicas: [{ url: mysql://u@r }]', env)[0]).toBe(
      'own',
    );
  });

  test('come from a named variable or a file, relative to the configuration', () => {
    writeFileSync(join(folder, 'password'), 'from file\r\nsecond line\n');
    expect(passwords(withSource('password_file: password'), {})[0]).toBe('from file');
    expect(passwords(withSource('password_env: PW'), { PW: 'from env' })[0]).toBe('from env');
  });

  test('that cannot be had are mistakes', () => {
    writeFileSync(join(folder, 'empty'), '\n');
    expect(mistakesOf(withSource('password_file: nowhere'))[0]).toMatch(/cannot be read \(ENOENT\)$/);
    expect(mistakesOf(withSource('password_file: empty'))[0]).toMatch(/first line of that file is empty$/);
    expect(mistakesOf(withSource('password_env: NOT_SET'))[0]).toMatch(
      /no such environment variable is set$/,
    );
    expect(mistakesOf(withSource('password_env: PW, password_file: empty'))[0]).toMatch(
      /given by password_file and password_env; give it once$/,
    );
  });

  test('urls come from the environment, too', () => {
    const env = { TAILRACE_SOURCE_URL: 'mysql://u@s', TAILRACE_REPLICA_URL: 'mysql://u:s3cret@r' };
    expect(parse('', env)[0]).toMatchObject({ name: 'r:3306', replica: { password: 's3cret' } });
    expect(mistakesOf('', { ...env, TAILRACE_REPLICA_URL: 'mysql://u:s3cret@r/db' })[0]).toMatch(
      /TAILRACE_REPLICA_URL: it names a database/,
    );
  });
});

describe('shipped files', () => {
  const shipped = (name: string) => new URL(`../../../config/${name}`, import.meta.url);

  test('the example loads, and shows every setting', () => {
    const { links, endpoint } = loadConfigFile(shipped('tailrace.example.yaml').pathname, {});
    expect(links.map((link) => link.name)).toEqual(['replica-1.example:3306', 'replica-2']);
    expect(links[1]).toMatchObject({ lanes: 8, serverId: 4_000_000_002 });
    expect(endpoint).toMatchObject({
      http: { host: '127.0.0.1', port: 9180 },
      agent: { port: 9181 },
      heartbeat: { schema: 'tailrace', table: 'heartbeat', writeOn: 'replica', intervalMs: 1_000 },
    });
    expect(endpoint?.replicas.get('replica-2')).toEqual({
      zone: 'north',
      weight: 100,
      gtidReader: { host: '127.0.0.1', port: 9182 },
    });
    const text = readFileSync(shipped('tailrace.example.yaml'), 'utf8');
    const settings = [...configJsonSchema().matchAll(/^ +"(\w+)": \{$/gm)].map((match) => match[1]!);
    const named = settings.filter(
      (name) => !/^(properties|items|additionalProperties|propertyNames)$/.test(name),
    );
    expect(named.filter((name) => !text.includes(`${name}:`))).toEqual([]);
  });

  test('a file that is not there is a mistake with a cure', () => {
    expect(() => loadConfigFile(join(folder, 'none.yaml'), {})).toThrow(
      /^TR_CONFIG_INVALID: .*none\.yaml cannot be read/,
    );
  });
});

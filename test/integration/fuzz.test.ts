import { afterAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { FuzzCase, FuzzServers } from '../../tools/fuzz/fuzz-case.js';
import { type FuzzLab, startFuzzLab } from '../../tools/fuzz/fuzz-lab.js';
import { type CaseOutcome, runCase } from '../../tools/fuzz/run-case.js';

const program = fileURLToPath(new URL('../../build/tools/fuzz/main.js', import.meta.url));
const plainServers = { gtid: true, nativeForeignKeys: false, oddDefaults: false };
const oddServers = { ...plainServers, oddDefaults: true };
const labs = new Map<FuzzServers, Promise<FuzzLab>>();

afterAll(async () => {
  for (const lab of labs.values()) await (await lab).stop();
});

/** Lets one writer send the statements, and tailrace replicate them afterwards. */
async function outcomeOf(
  statements: readonly string[],
  { servers = plainServers, ...changes }: Partial<FuzzCase> = {},
): Promise<CaseOutcome> {
  const lab = labs.get(servers) ?? startFuzzLab(servers);
  labs.set(servers, lab);
  const fuzzCase: FuzzCase = {
    seed: 0,
    round: 0,
    servers,
    link: { lanes: 2, partition: 'auto', budgetMib: 1, epochRowsMax: 1_000 },
    live: false,
    inOrder: true,
    disturbances: [],
    deaths: [],
    replicaColumns: false,
    witness: false,
    setup: ['DROP DATABASE IF EXISTS found', 'CREATE DATABASE found'],
    steps: statements.map((sql) => ({ writer: 0, sql })),
    ...changes,
  };
  return runCase(await lab, fuzzCase, () => undefined);
}

test('rounds of the fuzzer end without a difference [P3]', async () => {
  const child = spawn(process.execPath, [program, '--seconds', '10', '--seed', '20', '--folder', tmpdir()], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child, 'close');
  expect({ code: child.exitCode, said }).toMatchObject({
    code: 0,
    said: expect.stringContaining('No difference.'),
  });
});

describe('what the fuzzer has found once', () => {
  test.each([
    {
      title: 'an ALTER gives no defaults to a TIMESTAMP column that it does not name',
      statements: [
        'CREATE TABLE found.t (id INT PRIMARY KEY, at TIMESTAMP(2) NOT NULL, n INT)',
        'ALTER TABLE found.t RENAME COLUMN n TO m',
      ],
    },
    {
      title:
        'a table with a generated invisible primary key and a functional key takes its rows, XA or not [T5]',
      statements: [
        'SET SESSION sql_generate_invisible_primary_key = ON',
        'CREATE TABLE found.t (a INT, b INT, KEY ((a % 40)))',
        'INSERT INTO found.t VALUES (1, 2), (3, 4), (5, 6)',
        'UPDATE found.t SET b = 7 WHERE a = 1',
        'BEGIN',
        'DELETE FROM found.t WHERE a = 3',
        'INSERT INTO found.t VALUES (8, 9)',
        'COMMIT',
        "XA START 'x'",
        'UPDATE found.t SET b = 10 WHERE a = 8',
        "XA END 'x'",
        "XA PREPARE 'x'",
        "XA COMMIT 'x'",
      ],
    },
    {
      title: 'a large transaction that begins with a statement has its GTID once',
      statements: [
        'CREATE TABLE found.t (id INT PRIMARY KEY, v INT)',
        'CREATE TABLE found.large (v TEXT)',
        "SET SESSION binlog_format = 'MIXED'",
        'BEGIN',
        'INSERT INTO found.t VALUES (1, 2)',
        'INSERT INTO found.large WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 800) SELECT CONCAT(REPEAT(n, 500), UUID()) FROM s',
        'UPDATE found.t SET v = v * 3',
        'COMMIT',
      ],
    },
    {
      title:
        'rows among statements reach a table with a generated invisible primary key and a functional key',
      statements: [
        'SET SESSION sql_generate_invisible_primary_key = ON',
        'CREATE TABLE found.t (a INT, b INT, KEY ((a % 40)))',
        "SET SESSION binlog_format = 'MIXED'",
        'BEGIN',
        'INSERT INTO found.t VALUES (1, 2), (3, 4)',
        'UPDATE found.t SET b = LENGTH(UUID()) WHERE a = 1',
        'UPDATE found.t SET b = b + 1',
        'COMMIT',
      ],
    },
  ])('$title', async ({ statements }) => {
    expect(await outcomeOf(statements)).toMatchObject({ failure: null, refused: 0 });
  });
});

test('columns that the replica has more come and go without a trace, whatever its defaults are', async () => {
  const setup = [
    'DROP DATABASE IF EXISTS fuzz_more',
    'CREATE DATABASE fuzz_more',
    'CREATE TABLE fuzz_more.t (at TIMESTAMP(2) NOT NULL PRIMARY KEY, also TIMESTAMP NOT NULL, n INT)',
  ];
  const statements = [
    "INSERT INTO fuzz_more.t VALUES ('2026-01-01', '2026-01-01', 1)",
    'UPDATE fuzz_more.t SET n = 2',
  ];
  expect(await outcomeOf(statements, { servers: oddServers, setup, replicaColumns: true })).toMatchObject({
    failure: null,
    refused: 0,
  });
});

test('the fuzzer sees a row that never reached the replica', async () => {
  const { failure } = await outcomeOf([
    'CREATE TABLE found.t (id INT PRIMARY KEY)',
    'SET SESSION sql_log_bin = 0',
    'INSERT INTO found.t VALUES (1)',
  ]);
  expect(failure).toMatchObject({ signature: 'the data differs' });
  expect(failure?.reasons.join()).toContain('id=1 (missing on the replica)');
});

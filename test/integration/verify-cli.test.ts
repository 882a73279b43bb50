import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';
import { type Ended, tailrace, TailraceProcess, urlOf } from '../support/tailrace-process.js';
import { fillStatement } from '../support/verify-run.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab();
const rows = 200_000;

let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-verify-'));
  const { source, replica, onSource, onReplica } = await lab();
  env = { TAILRACE_SOURCE_URL: urlOf(source.address), TAILRACE_REPLICA_URL: urlOf(replica.address) };
  for (const session of [onSource, onReplica]) {
    await sql(
      session,
      'CREATE DATABASE shop',
      'CREATE TABLE shop.aside (id INT PRIMARY KEY, v INT)',
      fillStatement('shop.aside', 'n, n', 500),
      'CREATE TABLE shop.item (id INT PRIMARY KEY, v INT NOT NULL, note VARCHAR(30) NOT NULL)',
      fillStatement('shop.item', "n, n * 7, CONCAT('note ', n)", rows),
    );
  }
});

afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** How many rows a state file tells to be compared; null while there is none. */
async function rowsIn(file: string): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  const { tables } = JSON.parse(text) as {
    tables: readonly { table: string; tally: { sourceRows: number } }[];
  };
  return tables.find(({ table }) => table === 'item')?.tally.sourceRows ?? 0;
}

interface Outcome {
  readonly equal: boolean;
  readonly rows: number;
  readonly rows_resumed: number;
  readonly differences: readonly { readonly rows: readonly { readonly key: string }[] }[];
}

describe('tailrace verify', () => {
  test('exits with 0 when all is equal, and prints the documented figures', async () => {
    const { code, stdout, stderr } = await tailrace(['verify', '--json'], env);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({
      equal: true,
      complete: true,
      tables: 2,
      rows: rows + 500,
      rows_read: 2 * (rows + 500),
      rows_different: 0,
      tables_different: 0,
      definitions_different: 0,
      rows_per_second: expect.any(Number),
      rows_read_per_server_second: expect.any(Number),
    });
    expect(stderr).toMatch(/^Equal: 2 tables, 200,500 rows\./m);
  });

  test('exits with 1 when something differs, and names it on stdout', async () => {
    const { onReplica } = await lab();
    await sql(onReplica, "UPDATE shop.item SET note = 'Note 777' WHERE id = 777");
    const { code, stdout, stderr } = await tailrace(['verify'], env);
    await sql(onReplica, "UPDATE shop.item SET note = 'note 777' WHERE id = 777");
    expect(code).toBe(1);
    expect(stdout).toBe('shop.item: id=777 (content differs in note)\n');
    expect(stderr).toMatch(/^DIFFERENT: 2 tables/m);
  });

  test('goes on after kill -9 where it was, with what it had found [P13]', async () => {
    const { onReplica } = await lab();
    const file = join(folder, 'state.json');
    const args = ['verify', '--json', '--resume', file, '--chunk-time', '10', '--parallel', '1'];
    await sql(
      onReplica,
      'UPDATE shop.item SET v = 0 WHERE id = 5',
      `UPDATE shop.item SET v = 0 WHERE id = ${rows - 5}`,
      'CREATE TABLE shop.zzz (id INT PRIMARY KEY)',
    );
    const killed = await endedInBetween(args, file, 'SIGKILL');
    expect(killed.rows).toBeGreaterThan(0);
    const { code, stdout, stderr } = await tailrace(args, env);
    expect({ code, stderr }).toMatchObject({ code: 1 });
    const outcome = JSON.parse(stdout) as Outcome;
    expect(outcome).toMatchObject({ rows: rows + 500 });
    expect(outcome.rows_resumed).toBeGreaterThanOrEqual(killed.rows);
    expect(outcome.differences.map((table) => table.rows.map(({ key }) => key))).toEqual([
      ['id=5', `id=${rows - 5}`],
    ]);
    // What is complete is not gone on with.
    expect(await rowsIn(file)).toBeNull();
    await sql(onReplica, 'UPDATE shop.item SET v = id * 7 WHERE v = 0 AND id > 0', 'DROP TABLE shop.zzz');
    expect((await tailrace(['verify'], env)).code).toBe(0);
  });

  test('SIGTERM ends it with exit code 4, and the same command goes on', async () => {
    const file = join(folder, 'state-of-stopped.json');
    const args = ['verify', '--json', '--resume', file, '--chunk-time', '10', '--parallel', '1'];
    const { code, stdout, stderr } = await endedInBetween(args, file, 'SIGTERM');
    expect({ code, stderr }).toMatchObject({ code: 4 });
    expect(JSON.parse(stdout)).toMatchObject({ equal: false, complete: false });
    expect(stderr).toContain('Start the same command again to go on from here.');
    const again = await tailrace(args, env);
    expect(again.code).toBe(0);
    expect((JSON.parse(again.stdout) as Outcome).rows_resumed).toBeGreaterThan(0);
  });

  test('a state of another comparison, or of something else, is refused', async () => {
    const file = join(folder, 'state-of-another.json');
    await endedInBetween(['verify', '--resume', file, '--chunk-time', '10'], file, 'SIGKILL');
    const other = await tailrace(['verify', '--resume', file, '--schemas', 'shop'], env);
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/^TR_VERIFY_STATE: .* belongs to another comparison/m);
    const noState = await tailrace(['verify', '--resume', folder], env);
    expect(noState.code).toBe(2);
    expect(noState.stderr).toMatch(/^TR_VERIFY_STATE: /m);
  });

  test('--help shows its options and examples', async () => {
    const { code, stdout } = await tailrace(['verify', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
    for (const option of [
      '--schemas',
      '--tables',
      '--parallel',
      '--chunk-time',
      '--max-load',
      '--replica-wait',
      '--resume',
      '--json',
    ]) {
      expect(stdout).toContain(option);
    }
  });

  test('mistakes come at once, with exit code 2 and no secret', async () => {
    const { code, stderr } = await tailrace(['verify', '--parallel', 'x', '--rows', '0'], env);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--parallel: [^]*--rows: /);
    expect(stderr).not.toContain((await lab()).source.address.password);
  });
});

/**
 * Ends a run by a signal once its state tells of compared rows. The run cannot be done before, however fast the machine:
 * a table that it has to read as well is locked meanwhile.
 */
async function endedInBetween(
  args: readonly string[],
  file: string,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<Ended & { readonly rows: number }> {
  const { onSource, onReplica } = await lab();
  const held = 'CREATE TABLE shop.on_hold (id INT PRIMARY KEY)';
  await sql(onReplica, held);
  await sql(onSource, held, 'LOCK TABLES shop.on_hold WRITE');
  try {
    const running = new TailraceProcess(args, env);
    await waitFor(async () => ((await rowsIn(file)) ?? 0) > 0 || running.hasEnded, { what: 'a state' });
    running.signal(signal);
    const outcome = await running.end();
    return { ...outcome, rows: (await rowsIn(file)) ?? 0 };
  } finally {
    await sql(onSource, 'UNLOCK TABLES', 'DROP TABLE shop.on_hold');
    await sql(onReplica, 'DROP TABLE shop.on_hold');
  }
}

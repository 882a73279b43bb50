import { expect } from '@jest/globals';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import { Link } from '../../src/link/link.js';
import type { LinkReport } from '../../src/link/link-progress.js';
import type { LinkSettings } from '../../src/link/link-settings.js';
import type { Until } from '../../src/link/goal.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { compareServers } from '../../src/verify/compare-servers.js';
import { describeDifference } from '../../src/verify/server-difference.js';
import type { TestLab } from './lab.js';
import { sql, sqlValue } from './sql.js';
import { waitFor } from './wait-for.js';

const mebibyte = 2 ** 20;
/** pino's number for warnings. */
const warnLevel = 40;
const waitsAtGate =
  "SELECT COUNT(*) FROM performance_schema.metadata_locks WHERE OBJECT_SCHEMA = 'gate' AND LOCK_STATUS = 'PENDING'";

/** A finished run and what it logged. */
export interface LinkRun {
  readonly report: LinkReport;
  readonly logged: readonly Record<string, unknown>[];
}

/** A link of the lab's two servers with the settings that users get, but for `changes`. */
export function linkSettings(lab: TestLab, changes: Partial<LinkSettings> = {}): LinkSettings {
  return {
    name: 'tested',
    source: lab.source.address,
    replica: lab.replica.address,
    lanes: 4,
    partition: 'auto',
    budgetBytes: 64 * mebibyte,
    epochRowsMax: 200_000,
    epochBytesMax: 16 * mebibyte,
    onConflict: 'stop',
    statements: 'apply',
    linkedTables: [],
    serverId: 4_000_000_001,
    from: null,
    ...changes,
  };
}

/** A link that is not started yet, and the list that its log lines go to. */
export function makeLink(settings: LinkSettings): { link: Link; logged: Record<string, unknown>[] } {
  const logged: Record<string, unknown>[] = [];
  const keep = new Writable({
    write(line: Buffer, _encoding, done) {
      logged.push(JSON.parse(line.toString('utf8')) as Record<string, unknown>);
      done();
    },
  });
  return { link: new Link(settings, { log: pino({ level: 'debug' }, keep) }), logged };
}

/** Runs a link to its goal, by default all that the source has committed. */
export async function catchUp(
  lab: TestLab,
  changes: Partial<LinkSettings> = {},
  until: Until = { kind: 'now' },
): Promise<LinkRun> {
  const { link, logged } = makeLink(linkSettings(lab, changes));
  try {
    const report = await link.run(until, new AbortController().signal);
    return { report, logged };
  } catch (error) {
    // A test that fails shall tell why.
    if (error instanceof TailraceError) error.message = error.render();
    throw error;
  }
}

/** Runs a link that must stop by itself, and gives the error. */
export async function stopsWith(lab: TestLab, changes: Partial<LinkSettings> = {}): Promise<TailraceError> {
  const { link } = makeLink(linkSettings(lab, changes));
  const outcome: unknown = await link
    .run({ kind: 'now' }, new AbortController().signal)
    .catch((error: unknown) => error);
  if (outcome instanceof TailraceError) return outcome;
  if (outcome instanceof Error) throw outcome;
  throw new Error(`the link was to stop with an error, but ended with ${JSON.stringify(outcome)}`);
}

export async function gtidExecuted(connection: ServerConnection): Promise<string> {
  return String(await sqlValue(connection, 'SELECT @@GLOBAL.gtid_executed')).replaceAll('\n', '');
}

/** Data, definitions and GTIDs of both servers are the same. */
export async function expectEqual(lab: TestLab): Promise<void> {
  const differences = await compareServers(lab.onSource, lab.onReplica);
  expect(differences.map(describeDifference)).toEqual([]);
  if ((await sqlValue(lab.onReplica, 'SELECT @@GLOBAL.gtid_mode')) !== 'ON') return;
  if (lab.source.flavour !== 'mysql') return;
  expect(await gtidExecuted(lab.onReplica)).toBe(await gtidExecuted(lab.onSource));
}

/** Whatever was not as it should have been: a plan that failed, a connection that was lost. */
export function warningsOf({ logged }: Pick<LinkRun, 'logged'>): unknown[] {
  return logged.filter((line) => Number(line['level']) >= warnLevel);
}

/** Catches up and expects both servers to be the same, with the plan having held everywhere. */
export async function expectLevel(lab: TestLab, changes: Partial<LinkSettings> = {}): Promise<LinkRun> {
  const run = await catchUp(lab, changes);
  await expectHeld(lab, run);
  return run;
}

async function expectHeld(lab: TestLab, run: LinkRun): Promise<void> {
  expect({ fallbacks: run.report.fallbacks, warnings: warningsOf(run) }).toEqual({
    fallbacks: 0,
    warnings: [],
  });
  await expectEqual(lab);
}

/** Where the source writes now. */
export async function sourceEnd(lab: TestLab): Promise<{ file: string; offset: number }> {
  const statement = lab.source.flavour === 'mysql' ? 'SHOW BINARY LOG STATUS' : 'SHOW MASTER STATUS';
  const [row] = await lab.onSource.query<{ File: string; Position: string | number }>(statement);
  return { file: row?.File ?? '', offset: Number(row?.Position) };
}

/** `asOneEpoch`, and expects both servers to be the same afterwards, with the plan having held. */
export async function levelAsOneEpoch(
  lab: TestLab,
  changes: Partial<LinkSettings>,
  statements: readonly string[],
): Promise<LinkRun> {
  const run = await asOneEpoch(lab, changes, statements);
  await expectHeld(lab, run);
  return run;
}

/**
 * Runs statements on the source and applies all their transactions as one epoch: the epoch before it, a change of the table
 * `gate.g`, is held up by a lock on the replica until everything else has been read. The lock is one of the table: lanes wait for
 * it as long as it takes, and for a row's 2 s only. The statements must hold no DDL.
 */
export async function asOneEpoch(
  lab: TestLab,
  changes: Partial<LinkSettings>,
  statements: readonly string[],
): Promise<LinkRun> {
  await sql(
    lab.onSource,
    'CREATE DATABASE IF NOT EXISTS gate',
    'CREATE TABLE IF NOT EXISTS gate.g (id INT PRIMARY KEY, n INT)',
    'REPLACE INTO gate.g VALUES (1, 0)',
  );
  await catchUp(lab, changes);
  await sql(lab.onSource, 'UPDATE gate.g SET n = n + 1', ...statements);
  const holder = await lab.replica.connect();
  try {
    await sql(holder, 'LOCK TABLES gate.g READ');
    const { link, logged } = makeLink(linkSettings(lab, changes));
    const running = link.run({ kind: 'now' }, new AbortController().signal);
    const heldUp = async (): Promise<boolean> => Number(await sqlValue(lab.onReplica, waitsAtGate)) > 0;
    await Promise.race([running, waitFor(heldUp, { what: 'the epoch that is held up' })]);
    await Promise.race([running, waitFor(() => hasReadAll(lab, link), { what: 'all to be read' })]);
    await sql(holder, 'UNLOCK TABLES');
    const run = { report: await running, logged };
    // One, when everything had been read before the first epoch was closed.
    expect(run.report.epochs).toBeLessThanOrEqual(2);
    return run;
  } finally {
    await holder.close();
  }
}

/** Whether the source has sent all that it has, and the link has taken it in: nothing more came between two looks. */
async function hasReadAll(lab: TestLab, link: Link): Promise<boolean> {
  const held = link.progress().bytesHeld;
  const sending = await sqlValue(
    lab.onSource,
    "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%' AND STATE NOT LIKE '%has sent all binlog%'",
  );
  return sending === '0' && link.progress().bytesHeld === held;
}

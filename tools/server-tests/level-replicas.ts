import { setTimeout as sleep } from 'node:timers/promises';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { defaultLinkSettings } from '../../src/config/resolve-config.js';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import type { GtidSet } from '../../src/gtid/gtid-set.js';
import { readWorkerErrors } from '../lab/native-replication.js';
import { Link } from '../../src/link/link.js';
import { quoteString } from '../../src/mysql/identifier.js';
import { ServerError } from '../../src/mysql/server-error.js';
import type { WitnessedServers } from './witnessed-servers.js';

/** On a machine that is busy with something else, too. */
const waitMs = 600_000;
const pollMs = 20;
/** What tailrace is to warn of when a test file does it. */
const expectedWarnings = [
  'tables of an engine that cannot roll back',
  'a statement failed as it had failed on the source',
  'the source logged a change as a statement',
  'sessions of the source have temporary tables open',
];

/** How both replicas came to a place of the source's log. */
export interface LevelOutcome {
  /** Why tailrace stopped: its code, and all that it said; null if it is level. */
  readonly tailrace: { readonly code: string; readonly said: string } | null;
  /** Why MySQL's own replica stopped; null if it is level. */
  readonly witness: string | null;
  /** What tailrace warned of and should not have, such as a plan that did not hold. */
  readonly warnings: readonly string[];
}

/** Lets both replicas apply all of the set, and nothing else. */
export async function levelReplicas(servers: WitnessedServers, set: GtidSet): Promise<LevelOutcome> {
  // Not side by side: what a busy machine makes of a wait for a lock shall not be in question.
  const witness = await levelWitness(servers, set);
  const { stopped, warnings } = await levelTailrace(servers, set);
  return { tailrace: stopped, witness, warnings };
}

async function levelWitness({ onWitness }: WitnessedServers, set: GtidSet): Promise<string | null> {
  await onWitness.execute(`START REPLICA SQL_THREAD UNTIL SQL_AFTER_GTIDS = ${quoteString(set.toString())}`);
  const deadline = performance.now() + waitMs;
  for (;;) {
    const [status = {}] = await onWitness.query('SHOW REPLICA STATUS');
    for (const errno of ['Last_SQL_Errno', 'Last_IO_Errno'] as const) {
      const text = String(status[errno.replace('Errno', 'Error')]);
      if (Number(status[errno]) !== 0)
        return `${String(status[errno])}: ${(await readWorkerErrors(onWitness)) ?? text}`;
    }
    if (status['Replica_SQL_Running'] === 'No') return null;
    if (performance.now() > deadline) throw tooLate('the witness');
    await sleep(pollMs);
  }
}

async function levelTailrace(
  servers: WitnessedServers,
  set: GtidSet,
): Promise<{ readonly stopped: LevelOutcome['tailrace']; readonly warnings: string[] }> {
  const warnings: string[] = [];
  // What users get who set nothing.
  const settings = defaultLinkSettings(servers.source.address, servers.replica.address);
  const link = new Link(settings, { log: pino({ level: 'warn' }, unexpected(warnings)) });
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), waitMs);
  try {
    await link.run({ kind: 'gtid', set }, late.signal);
    if (late.signal.aborted) throw tooLate('tailrace');
    return { stopped: null, warnings };
  } catch (error) {
    if (late.signal.aborted) throw error;
    return { stopped: { code: codeOf(error), said: textOf(error) }, warnings };
  } finally {
    clearTimeout(timer);
  }
}

/** Takes the log's lines and puts those into `warnings` that should not be there. */
function unexpected(warnings: string[]): Writable {
  return new Writable({
    write(line: Buffer, _encoding, done) {
      const text = line.toString('utf8').trim();
      if (!expectedWarnings.some((part) => text.includes(part))) warnings.push(text);
      done();
    },
  });
}

/** Says nothing of who is right: the file is not judged. */
function tooLate(who: string): Error {
  return new Error(`${who} was not level after ${waitMs / 1_000} s`);
}

function codeOf(error: unknown): string {
  if (error instanceof TailraceError) return error.code;
  return error instanceof ServerError ? `refused by a server: ${error.errno}` : 'a defect';
}

function textOf(error: unknown): string {
  return error instanceof TailraceError ? error.render() : String((error as Error).stack);
}

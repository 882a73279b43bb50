import { GtidSet } from '../../src/gtid/gtid-set.js';
import type { BinlogPosition } from '../../src/binlog/binlog-position.js';
import { readGtidExecuted } from '../../src/mysql/gtid-executed.js';
import { compareReplicas } from './compare-replicas.js';
import type { FileOutcome } from './file-outcome.js';
import { type LevelOutcome, levelReplicas } from './level-replicas.js';
import { type LoggedTransaction, planStops } from './plan-stops.js';
import { readLog } from './read-log.js';
import type { WitnessedServers } from './witnessed-servers.js';

/** What tailrace refuses by design: changes that the source logged as statements. */
/** The second because each comparison ends the link, and its temporary tables with it. */
const refusals = new Set(['TR_STATEMENT_FORMAT', 'TR_STATEMENT_TEMPORARY']);
const statementCharactersMax = 600;
/** Where test files note, outside of the binary log, what is not to be minded in the source's error log. */
const notes = 'rows mtr.test_suppressions';

/** What the comparison says of a file; the rest of a `FileOutcome` is known before. */
export type Judgement = Pick<FileOutcome, 'verdict' | 'reasons' | 'transactions' | 'rowEvents' | 'stops'>;

/** Brings both replicas level in steps, from a place of the log on, and compares them after each. */
export async function judgeFile(
  servers: WitnessedServers,
  from: { readonly position: BinlogPosition; readonly executed: GtidSet },
  stopsMax: number,
): Promise<Judgement> {
  const { transactions, rowEvents } = await readLog(servers.onSource, from.position);
  const done = from.executed.clone();
  const base = { transactions: transactions.length, rowEvents, stops: 0 };
  const reasons: string[] = [];
  let applied = 0;
  for (const stop of planStops(transactions, stopsMax)) {
    for (const { gtid } of transactions.slice(applied, stop)) done.addSet(GtidSet.parse(gtid));
    applied = stop;
    base.stops += 1;
    const level = await levelReplicas(servers, done);
    reasons.push(...level.warnings.map((line) => `tailrace warned: ${line}`));
    const verdict = verdictOf(level);
    if (verdict !== null) {
      return {
        ...base,
        verdict,
        reasons: [...reasons, ...(await stopReasons(servers, level, transactions))],
      };
    }
    const differences = await compareReplicas(
      servers.onWitness,
      servers.onReplica,
      extentBefore(transactions[stop]),
    );
    if (differences.length > 0) {
      const where = `after ${stop} of ${transactions.length} transactions, before ${shown(transactions[stop])}`;
      return { ...base, verdict: 'finding', reasons: [...reasons, where, ...differences] };
    }
  }
  if (reasons.length > 0) return { ...base, verdict: 'finding', reasons };
  if (transactions.length === 0) return { ...base, verdict: 'wrote nothing', reasons };
  const differing = await compareReplicas(servers.onSource, servers.onWitness, 'schemas');
  const native = differing.filter((line) => !line.startsWith(notes));
  return { ...base, verdict: native.length === 0 ? 'alike' : 'native fails', reasons: native };
}

/** What is to be dropped decides what is compared before; in the end everything is. */
function extentBefore(next: LoggedTransaction | undefined): 'schemas' | 'everything' {
  const isOfTables = /^\s*(DROP\s+(TEMPORARY\s+)?(TABLE|VIEW)|TRUNCATE)\b/i.test(next?.statement ?? '');
  return isOfTables ? 'schemas' : 'everything';
}

function verdictOf({ tailrace, witness }: LevelOutcome): FileOutcome['verdict'] | null {
  if (witness !== null) return 'native fails';
  if (tailrace === null) return null;
  return refusals.has(tailrace.code) ? 'refused' : 'finding';
}

async function stopReasons(
  { onReplica, onWitness }: WitnessedServers,
  { tailrace, witness }: LevelOutcome,
  transactions: readonly LoggedTransaction[],
): Promise<string[]> {
  const reasons: string[] = [];
  const next = async (session: typeof onReplica): Promise<string> => {
    const has = await readGtidExecuted(session);
    return shown(transactions.find(({ gtid }) => !has.contains(GtidSet.parse(gtid))));
  };
  if (witness !== null) reasons.push(`MySQL's own replica stopped at ${await next(onWitness)}: ${witness}`);
  reasons.push(
    tailrace === null
      ? 'tailrace came through'
      : `tailrace stopped at ${await next(onReplica)}: ${tailrace.said}`,
  );
  return reasons;
}

function shown(transaction: LoggedTransaction | undefined): string {
  if (transaction === undefined) return 'the end';
  return `${transaction.gtid} ${transaction.statement.slice(0, statementCharactersMax) || '(rows)'}`;
}

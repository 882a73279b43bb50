import { GtidSet } from '../gtid/gtid-set.js';
import type { GtidFacts } from './gtid-facts.js';
import type { Problem } from './problem.js';
import type { ServerFacts } from '../mysql/server-facts.js';
import { isMysqlAtLeast } from '../mysql/server-version.js';

/** A server, and what it has. */
export interface GtidSide {
  readonly facts: ServerFacts;
  readonly gtids: GtidFacts;
}

/** At most this much of a set in one message. */
const setShownLength = 300;

/** True when the link goes by GTIDs, not by file and offset. */
export function goesByGtid(source: GtidFacts, replica: GtidFacts): boolean {
  return source.mode === 'ON' && replica.mode === 'ON';
}

/** Whether the GTID modes of the two go together. */
export function checkGtidModes(source: GtidSide, replica: GtidSide): Problem[] {
  const problems: Problem[] = [];
  const modes = `gtid_mode is ${source.gtids.mode} on the ${source.facts.label} and ${replica.gtids.mode} on the ${replica.facts.label}.`;
  if (source.gtids.mode === 'ON' && replica.gtids.mode === 'OFF') {
    problems.push({
      severity: 'error',
      code: 'TR_GTID_MODE',
      what: modes,
      why: 'The replica could not record which transactions of the source it has.',
      cure: switchOn(replica.facts, 'OFF'),
    });
  }
  for (const { facts, gtids } of [source, replica]) {
    if (!gtids.mode.endsWith('_PERMISSIVE')) continue;
    problems.push({
      severity: 'warning',
      code: 'TR_GTID_MODE',
      what: `gtid_mode is ${gtids.mode} on the ${facts.label}: between OFF and ON.`,
      why: 'Some transactions have GTIDs and some do not. The link uses file and position.',
      cure: switchOn(facts, gtids.mode),
    });
  }
  if (source.gtids.mode === 'OFF' && replica.gtids.mode === 'ON') {
    problems.push({
      severity: 'warning',
      code: 'TR_GTID_MODE',
      what: modes,
      why: 'The link uses file and position. Native replication cannot take over from it, because a replica with GTIDs rejects transactions without.',
      cure: `${switchOn(source.facts, 'OFF')} On the source.`,
    });
  }
  return problems;
}

function switchOn(facts: ServerFacts, mode: string): string {
  if (!isMysqlAtLeast(facts.version, 5, 7, 6)) {
    return 'Restart it with gtid-mode=ON, enforce-gtid-consistency=ON, log-bin and log-slave-updates.';
  }
  const steps = ['OFF_PERMISSIVE', 'ON_PERMISSIVE', 'ON'];
  const set = isMysqlAtLeast(facts.version, 8, 0) ? 'SET PERSIST' : 'SET GLOBAL';
  const statements = steps.slice(steps.indexOf(mode) + 1).map((step) => `${set} gtid_mode = ${step};`);
  return [`${set} enforce_gtid_consistency = ON;`, ...statements].join(' ');
}

/** Transactions that the replica has and the source has not. */
export function checkErrantGtids(source: GtidSide, replica: GtidSide): Problem[] {
  const errant = replica.gtids.executed.subtract(source.gtids.executed);
  const [first] = errant.intervals();
  if (first === undefined) return [];
  const lostUuid = source.facts.variable('server_uuid').toLowerCase();
  const localUuid = replica.facts.variable('server_uuid').toLowerCase();
  const lost = bySource(errant, (sid) => sid === lostUuid);
  const local = bySource(errant, (sid) => sid === localUuid);
  const foreign = bySource(errant, (sid) => sid !== lostUuid && sid !== localUuid);
  const problems: Problem[] = [];
  if (!lost.isEmpty()) {
    problems.push({
      severity: 'error',
      code: 'TR_GTID_ERRANT',
      what: `The ${replica.facts.label} has transactions that the ${source.facts.label} committed and has lost: ${shown(lost)}.`,
      why: 'The source was restored from a backup, or its binary log history was reset. It will reuse these GTIDs for other transactions, which the replica would then skip.',
      cure: 'Reseed the replica from the source.',
    });
  }
  if (!local.isEmpty()) {
    problems.push({
      severity: 'error',
      code: 'TR_GTID_ERRANT',
      what: `The ${replica.facts.label} has transactions of its own that the ${source.facts.label} does not have: ${shown(local)}.`,
      why: madeBy(replica.facts),
      cure: `If its data is right nevertheless, run on the source for each of them: ${emptyTransactions(local)}`,
    });
  }
  if (!foreign.isEmpty()) {
    problems.push({
      severity: 'warning',
      code: 'TR_GTID_ERRANT',
      what: `The ${replica.facts.label} has transactions of other servers that the ${source.facts.label} does not have: ${shown(foreign)}.`,
      why: 'This is normal if the replica has a second source. Otherwise the replica has diverged.',
      cure: `If its data is right nevertheless, run on the source for each of them: ${emptyTransactions(foreign)}`,
    });
  }
  return problems;
}

/** What may have written on the replica itself. */
function madeBy(replica: ServerFacts): string {
  const always = 'Something was written on the replica itself; its data may differ.';
  const statement = replica.variable('init_connect');
  return statement === ''
    ? always
    : `${always} It may have been init_connect, which runs at each login of an account without CONNECTION_ADMIN: ${statement}`;
}

function bySource(set: GtidSet, wanted: (sid: string) => boolean): GtidSet {
  const result = new GtidSet();
  for (const interval of set.intervals()) if (wanted(interval.sid)) result.addInterval(interval);
  return result;
}

/** Of more than these only the first ones are printed. */
const emptyTransactionsMax = 50;

function emptyTransactions(set: GtidSet): string {
  const statements: string[] = [];
  for (const { sid, tag, first, last } of set.intervals()) {
    for (let gno = first; gno <= last && statements.length < emptyTransactionsMax; gno++) {
      const gtid = [sid, ...(tag === '' ? [] : [tag]), String(gno)].join(':');
      statements.push(`SET GTID_NEXT = '${gtid}'; BEGIN; COMMIT;`);
    }
  }
  return `${statements.join(' ')} SET GTID_NEXT = 'AUTOMATIC';`;
}

/** Transactions that the replica lacks and the source no longer sends. */
export function checkPurgedGtids(source: GtidSide, replica: GtidSide): Problem[] {
  const missing = source.gtids.purged.subtract(replica.gtids.executed);
  if (missing.isEmpty()) return [];
  return [
    {
      severity: 'error',
      code: 'TR_STREAM_PURGED',
      what: `The ${source.facts.label} no longer has transactions that the ${replica.facts.label} needs: ${shown(missing)}.`,
      why: 'They are in its gtid_purged: the binary log files that contained them are gone.',
      cure: 'Reseed the replica from a newer backup, or use a source whose binary log still contains them. To keep binary logs longer, raise binlog_expire_logs_seconds on the source.',
    },
  ];
}

/** Tagged GTIDs that are still to come need a privilege of their own. */
export function checkGtidTags(source: GtidSide, replica: GtidSide): Problem[] {
  const coming = source.gtids.executed.subtract(replica.gtids.executed);
  const tagged = [...coming.intervals()].some(({ tag }) => tag !== '');
  if (!tagged || replica.facts.privileges.hasGlobal('TRANSACTION_GTID_TAG')) return [];
  const { account, label } = replica.facts;
  return [
    {
      severity: 'error',
      code: 'TR_PRIVILEGE_MISSING',
      what: `${account} on ${label} lacks TRANSACTION_GTID_TAG on *.*.`,
      why: 'The source has transactions with tagged GTIDs that the replica has yet to apply.',
      cure: `GRANT TRANSACTION_GTID_TAG ON *.* TO ${account};`,
    },
  ];
}

function shown(set: GtidSet): string {
  const text = set.toString();
  const count = set.count();
  const cut = text.length > setShownLength ? `${text.slice(0, setShownLength)}…` : text;
  return `${cut} (${String(count)} ${count === 1 ? 'transaction' : 'transactions'})`;
}

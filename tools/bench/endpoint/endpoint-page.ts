import type { BenchEnvironment } from '../bench-results.js';
import { markdownTable, textTable } from '../text-table.js';
import type { CheckResult } from './check-run.js';
import { type EndpointResults, endpointGoals } from './endpoint-results.js';
import { type FailoverResult, shownMs } from './failover-run.js';
import type { LatencyResult } from './latency-run.js';
import type { PairsResult } from './pairs-run.js';

interface ResultTable {
  readonly title: string;
  /** How it was measured, in a sentence or two. */
  readonly about: string;
  readonly environment: BenchEnvironment;
  readonly heading: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What the terminal shows at the end. */
export function endpointText(results: EndpointResults): string {
  const tables = tablesOf(results).map(
    ({ title, heading, rows }) => `${title}\n\n${textTable(heading, rows)}\n`,
  );
  return [...tables, textTable(...goalTable(results)), ''].join('\n');
}

/** docs/bench/endpoint.md. */
export function endpointPage(results: EndpointResults): string {
  const tables = tablesOf(results).map(({ title, about, environment, heading, rows }) =>
    [`## ${title}`, '', about, '', markdownTable(heading, rows), '', environmentLine(environment), ''].join(
      '\n',
    ),
  );
  return [
    '# The lag endpoint and the pool, measured',
    '',
    'Written by `npm run bench:endpoint -- --write-docs`; do not edit, run it again. Source, three replicas, daemon, application and whoever',
    'asks run on one machine, and MySQL does not wait for its disk: what is measured is tailrace.',
    '',
    markdownTable(...goalTable(results)),
    '',
    ...tables,
  ].join('\n');
}

function goalTable(results: EndpointResults): readonly [readonly string[], readonly (readonly string[])[]] {
  const rows = endpointGoals(results).map(({ goal, measured, reached }) => [
    goal,
    measured,
    reached ? 'yes' : 'no',
  ]);
  return [['goal', 'measured', 'reached'], rows];
}

function environmentLine({
  tailrace,
  mysql,
  node,
  system,
  cpu,
  cores,
  date,
  command,
  seed,
}: BenchEnvironment): string {
  return `\`${command}\`, ${date.slice(0, 10)}; tailrace ${tailrace}, MySQL ${mysql}, Node ${node}; ${cores} cores (${cpu}), ${system}; seed ${seed}.`;
}

function tablesOf({ check, memory, latency, pairs, failover }: EndpointResults): readonly ResultTable[] {
  return [
    ...(check === undefined ? [] : [checkTable('Checks', checkAbout, check)]),
    ...(memory === undefined ? [] : [checkTable('Memory', memoryAbout, memory)]),
    ...(latency === undefined ? [] : [latencyTable(latency)]),
    ...(pairs === undefined ? [] : [pairsTable(pairs)]),
    ...(failover === undefined ? [] : [failoverTable(failover)]),
  ];
}

const checkAbout =
  '`GET /v1/replicas/{id}/check` over 64 connections that stay open, without pipelining; a third each plainly, with `max_lag_ms`, and with ' +
  '`max_lag_ms` and `min_gtid`. Meanwhile the source commits transactions, which the same process applies to three replicas, and ' +
  'listeners hear of them. The goal is judged by the median of runs that were asked the same. A delay runs from the time at which a request was due. ' +
  'Memory and processor time are those of the daemon, links and all.';
const memoryAbout = 'The same for longer. Early is the second tenth of the run, late the last one.';

function checkTable(
  title: string,
  about: string,
  {
    environment,
    results,
  }: { readonly environment: BenchEnvironment; readonly results: readonly CheckResult[] },
): ResultTable {
  const heading = [
    'asked a second',
    'commits a second',
    'answered',
    'median',
    '99 %',
    '99.9 %',
    'most',
    'listeners',
    'events each a second',
    'lost',
    'of one core',
    'MiB early',
    'late',
    'most',
  ];
  const rows = results.map((one) => [
    one.ratePerSecondAsked === null ? 'as many as go' : String(one.ratePerSecondAsked),
    one.writesPerSecond.toFixed(0),
    `${one.ratePerSecond.toFixed(0)} (${Object.entries(one.statuses)
      .map(([status, count]) => `${count}× ${status}`)
      .join(', ')})`,
    `${one.medianMs.toFixed(2)} ms`,
    `${one.p99Ms.toFixed(2)} ms`,
    `${one.p999Ms.toFixed(2)} ms`,
    `${one.maxMs.toFixed(0)} ms`,
    String(one.listeners.count),
    (one.listeners.hintsEvents / one.listeners.seconds / Math.max(1, one.listeners.count)).toFixed(1),
    String(one.listeners.lost),
    `${(100 * one.daemonCpuShare).toFixed(0)} %`,
    one.memory.earlyMib.toFixed(0),
    one.memory.lateMib.toFixed(0),
    one.memory.peakMib.toFixed(0),
  ]);
  return { title, about, environment, heading, rows };
}

function latencyTable({ environment, results }: NonNullable<EndpointResults['latency']>): ResultTable {
  const heading = [
    'transactions a second',
    'other listeners',
    'visible: median',
    '99 %',
    'told: median',
    '99 %',
    'most',
  ];
  const rows = results.map(({ ratePerSecond, listeners, visible, told }: LatencyResult) => [
    ratePerSecond.toFixed(0),
    String(listeners),
    `${visible.medianMs.toFixed(2)} ms`,
    `${visible.p99Ms.toFixed(2)} ms`,
    `${told.medianMs.toFixed(2)} ms`,
    `${told.p99Ms.toFixed(2)} ms`,
    `${told.maxMs.toFixed(0)} ms`,
  ]);
  const about =
    'From a commit on the source until a replica shows the row (asked about every millisecond by a process of its own), and from then until a ' +
    'client of `/v1/hints/stream` hears that the replica has that transaction.';
  return { title: 'From a commit to the stream', about, environment, heading, rows };
}

function pairsTable({ environment, results }: NonNullable<EndpointResults['pairs']>): ResultTable {
  const heading = [
    'reads',
    'pairs',
    'stale',
    'by replicas',
    'read: median',
    '99 %',
    'write: median',
    'waited on a replica',
    'in vain',
    'wait',
    'done again',
    'errors',
    'trouble',
  ];
  const rows = results.map((one: PairsResult) => [
    one.consistency,
    String(one.pairs),
    String(one.stale),
    `${(100 * one.replicaShare).toFixed(1)} %`,
    `${one.read.medianMs.toFixed(1)} ms`,
    `${one.read.p99Ms.toFixed(1)} ms`,
    `${one.write.medianMs.toFixed(1)} ms`,
    String(one.waits),
    String(one.waitsInVain),
    `${one.waitedMs.toFixed(1)} ms`,
    String(one.readsRetried),
    counted({ ...one.writeErrors, ...one.readErrors }) || 'none',
    counted(one.troubles),
  ]);
  const about =
    'Every pair writes a row on the source and reads it back at once, every other one in a pool of its own that knows the session by its ' +
    'token only, while replicas are locked, stopped, cut off and killed, and the daemon stopped and killed, in an order that the seed decides. ' +
    '`session` is what is promised, `strong` reads on the source, `eventual` shows that the run would notice.';
  return { title: 'Reading one’s own writes', about, environment, heading, rows };
}

function failoverTable({ environment, results }: NonNullable<EndpointResults['failover']>): ResultTable {
  const heading = [
    'failure',
    'reads',
    'errors seen',
    'reads done again',
    'checkouts made up for',
    'median',
    'slowest',
    'out of the pool',
    'out of hints',
    'back in the pool',
    'back in hints',
  ];
  const rows = results.map((one: FailoverResult) => [
    one.kind,
    String(one.reads),
    counted(one.errors) || 'none',
    String(one.readsRetried),
    String(one.checkoutsFailed),
    `${one.medianMs.toFixed(1)} ms`,
    shownMs(one.slowestMs),
    ...[one.poolEjectMs, one.hintsEjectMs, one.poolReturnMs, one.hintsReturnMs].map(shownMs),
  ]);
  const about =
    'Eight readers and a writer go on while one thing fails for about eight seconds. Out: from the failure until the pool gives out no more ' +
    'connections there, and until hints say so; for the daemon until the pool looks at the servers by itself. Back: from the repair.';
  return { title: 'When something fails', about, environment, heading, rows };
}

function counted(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count}× ${name}`)
    .join(', ');
}

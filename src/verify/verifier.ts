import { TailraceError } from '../errors/tailrace-error.js';
import { ServerError } from '../mysql/server-error.js';
import { listNames } from '../preflight/problem.js';
import type { CompareContext } from './compare-context.js';
import { ComparisonLoop } from './comparison-loop.js';
import { LoadGate } from './load-gate.js';
import { pairTables } from './pair-tables.js';
import { ReadMeter } from './read-meter.js';
import { ReplicaProgress } from './replica-progress.js';
import type { ServerDifference } from './server-difference.js';
import { baseTables, userSchemas } from './server-objects.js';
import type { ServerPair } from './server-pair.js';
import { settleDefinitions } from './settle-definitions.js';
import { StateKeeper } from './state-keeper.js';
import { type TablePair, tableLabel } from './table-pair.js';
import { isEqual } from './table-tally.js';
import { TableWork } from './table-work.js';
import { type VerifyFilter, wantsSchema, wantsTable } from './verify-filter.js';
import { checkBeforeVerify, type ServerIdentities } from './verify-preflight.js';
import type { TableReport, VerifyProgress, VerifyReport } from './verify-report.js';
import { VerifySessions } from './verify-sessions.js';
import type { VerifySettings } from './verify-settings.js';
import { VerifyStateFile } from './verify-state.js';

/** A statement over a chunk may take so many times what it should before the chunk is cut smaller. */
const statementSlack = 20;
const statementMsLeast = 10_000;

/** Compares a replica with its source once, while both are at work. Nothing is written on either. */
export class Verifier {
  readonly #settings: VerifySettings;
  readonly #meter = new ReadMeter();
  #gate: LoadGate | null = null;
  #loop: ComparisonLoop | null = null;
  #definitions: readonly ServerDifference[] = [];
  #definitionsUnsettled: readonly string[] = [];
  #remarks: readonly string[] = [];
  #rowsEstimate = 0;
  #tablesTotal = 0;
  #rowsResumed = 0;
  #tablesResumed = 0;

  constructor(settings: VerifySettings) {
    this.#settings = settings;
  }

  progress(): VerifyProgress {
    const loop = this.#loop;
    const rows = this.#rowsResumed + (loop?.rows ?? 0);
    const found = loop === null ? [] : [...loop.finished, ...loop.unfinished].map((work) => work.tallySoFar);
    return {
      phase: this.#phase(),
      rows,
      rowsEstimate: Math.max(this.#rowsEstimate, rows),
      tables: this.#tablesResumed + (loop?.finished.length ?? 0),
      tablesTotal: this.#tablesTotal,
      differences:
        this.#definitions.filter(({ kind }) => kind !== 'auto-increment').length +
        found.reduce((sum, tally) => sum + tally.differing + tally.unexaminedChunks, 0),
      waiting: loop?.waiting ?? 0,
    };
  }

  /**
   * Compares until the end or the signal. Errors: TR_SERVER_UNREACHABLE, TR_SERVER_ACCESS_DENIED, TR_SERVER_LOST, TR_SERVER_SAME,
   * TR_PRIVILEGE_MISSING, TR_VERIFY_REPLICA_BEHIND, TR_VERIFY_OVERLOADED, TR_VERIFY_REFUSED, TR_VERIFY_STATE, TR_VERIFY_NOTHING.
   */
  async run(signal: AbortSignal): Promise<VerifyReport> {
    const startMs = performance.now();
    const sessions = await VerifySessions.open(this.#settings);
    const failure = new AbortController();
    const ended = AbortSignal.any([signal, failure.signal]);
    const interrupt = (): void => void sessions.interrupt();
    ended.addEventListener('abort', interrupt);
    try {
      return await this.#compare(sessions, ended, failure, startMs);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      throw new TailraceError('TR_VERIFY_REFUSED', {
        what: 'A server rejected a query of the comparison.',
        why: error.message,
        cause: error,
      });
    } finally {
      ended.removeEventListener('abort', interrupt);
      await sessions.close();
    }
  }

  async #compare(
    sessions: VerifySessions,
    signal: AbortSignal,
    failure: AbortController,
    startMs: number,
  ): Promise<VerifyReport> {
    const { filter, stalledMsMax } = this.#settings;
    const { monitor } = sessions;
    const identities = await checkBeforeVerify(monitor, filter);
    this.#remarks = identities.notes;
    const progress = await ReplicaProgress.start(monitor, {
      sourceUuid: identities.source,
      wait: stalledMsMax > 0,
    });
    const context = this.#context(sessions, progress, signal);
    const keeper = await this.#keeper(identities);
    const loop = await this.#prepare(sessions, context, keeper);
    const [first] = sessions.workers as [ServerPair, ...ServerPair[]];
    const awaitReplica = (): Promise<void> => loop.awaitReplica();
    const definitions = await settleDefinitions(first, { filter, awaitReplica, signal });
    this.#definitions = definitions.differences;
    this.#definitionsUnsettled = definitions.unsettled;
    await keeper.during(loop, () => workAll(loop, sessions.workers, failure));
    const report = this.#report(loop, context, keeper, signal, startMs);
    if (report.complete) await keeper.complete();
    return report;
  }

  #context(sessions: VerifySessions, progress: ReplicaProgress, signal: AbortSignal): CompareContext {
    const statementMsMax = Math.max(this.#settings.chunkMs * statementSlack, statementMsLeast);
    return { progress, forms: sessions.forms, meter: this.#meter, statementMsMax, signal };
  }

  async #keeper({ source, replica }: ServerIdentities): Promise<StateKeeper> {
    const { stateFile, filter } = this.#settings;
    if (stateFile === null) return new StateKeeper(null, []);
    const file = new VerifyStateFile(stateFile, {
      sourceUuid: source,
      replicaUuid: replica,
      filter: JSON.stringify(filter),
    });
    return new StateKeeper(file, await file.read());
  }

  async #prepare(
    sessions: VerifySessions,
    context: CompareContext,
    keeper: StateKeeper,
  ): Promise<ComparisonLoop> {
    const { chunkMs, rowsNamedMax, stalledMsMax, threadsMax, filter } = this.#settings;
    const tables = await wantedTables(sessions.monitor, filter);
    const works: TableWork[] = [];
    for (const table of tables) {
      const start = keeper.startOf(table);
      this.#rowsResumed += start?.tally.sourceRows ?? 0;
      if (start?.done === true) this.#tablesResumed += 1;
      else works.push(new TableWork(table, { chunkMs, rowsNamedMax, start }));
    }
    this.#tablesTotal = tables.length;
    this.#rowsEstimate = tables.reduce((sum, table) => sum + table.rowsEstimate, 0);
    this.#gate = new LoadGate(sessions.monitor, threadsMax);
    const options = { gate: this.#gate, monitor: sessions.monitor, chunkMs, rowsNamedMax, stalledMsMax };
    this.#loop = new ComparisonLoop(context, works, options);
    return this.#loop;
  }

  #report(
    loop: ComparisonLoop,
    context: CompareContext,
    keeper: StateKeeper,
    signal: AbortSignal,
    startMs: number,
  ): VerifyReport {
    const tables = [
      ...keeper.doneBefore,
      ...[...loop.finished, ...loop.unfinished].map(({ table, tallySoFar }) => ({
        schema: table.schema,
        table: table.table,
        tally: tallySoFar,
      })),
    ];
    const differing = tables.filter(({ tally }) => !isEqual(tally) || tally.unsettled > 0);
    const definitions = this.#definitions.filter(({ kind }) => kind !== 'auto-increment');
    const complete = !signal.aborted;
    return {
      equal:
        complete &&
        definitions.length === 0 &&
        this.#definitionsUnsettled.length === 0 &&
        differing.length === 0,
      complete,
      tables: this.#tablesResumed + loop.finished.length,
      rows: this.#rowsResumed + loop.rows,
      rowsResumed: this.#rowsResumed,
      rowsRead: this.#meter.rows,
      serverSeconds: this.#meter.serverSeconds,
      seconds: (performance.now() - startMs) / 1_000,
      chunks: this.#meter.chunks,
      rechecks: this.#meter.rechecks,
      progressKind: context.progress.kind,
      definitions,
      definitionsUnsettled: this.#definitionsUnsettled,
      differing: differing.sort(byName),
      notes: [...this.#notes(context), ...loop.notes],
    };
  }

  #notes(context: CompareContext): string[] {
    const counters = this.#definitions
      .filter(({ kind }) => kind === 'auto-increment')
      .map(
        ({ schema, name, detail }) =>
          `The next AUTO_INCREMENT number of ${schema}.${name} is not the same: ${detail}.`,
      );
    const unknown =
      context.progress.kind === 'none' && this.#settings.stalledMsMax > 0
        ? ['Nothing tells how far the replica is: they were compared as if nobody wrote.']
        : [];
    return [...this.#remarks, ...unknown, ...counters];
  }

  #phase(): VerifyProgress['phase'] {
    // The gate first: no chunk is read before the load has fallen.
    if ((this.#gate?.busy ?? null) !== null) return 'waiting for load';
    if (this.#loop === null || this.#meter.chunks === 0) return 'definitions';
    return this.#loop.isBlocked && this.#loop.waiting > 0 ? 'waiting for replica' : 'rows';
  }
}

/** The workers, until all have ended; the first failure ends the others. */
async function workAll(
  loop: ComparisonLoop,
  pairs: readonly ServerPair[],
  failure: AbortController,
): Promise<void> {
  const outcomes = await Promise.allSettled(
    pairs.map((pair) =>
      loop.work(pair).catch((error: unknown) => {
        failure.abort();
        throw error;
      }),
    ),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason as Error;
}

/** The tables that both servers have and the filter wants, in name order. Errors: TR_VERIFY_NOTHING. */
async function wantedTables(pair: ServerPair, filter: VerifyFilter): Promise<TablePair[]> {
  const [source, replica] = [await userSchemas(pair.source), await userSchemas(pair.replica)];
  await refuseUnknown(pair, filter, new Set([...source, ...replica]));
  const tables: TablePair[] = [];
  for (const schema of source.filter((name) => replica.includes(name) && wantsSchema(filter, name))) {
    const found = await pairTables(pair, schema);
    tables.push(...found.filter(({ table }) => wantsTable(filter, schema, table)));
  }
  return tables;
}

/** A name that was mistyped would be equal on both servers: neither has it. */
async function refuseUnknown(
  pair: ServerPair,
  { schemas, tables }: VerifyFilter,
  known: ReadonlySet<string>,
): Promise<void> {
  const unknown = (schemas ?? []).filter((schema) => !known.has(schema));
  for (const named of tables ?? []) {
    const onEither = known.has(named.schema)
      ? [...(await baseTables(pair.source, named.schema)), ...(await baseTables(pair.replica, named.schema))]
      : [];
    if (!onEither.includes(named.table)) unknown.push(tableLabel(named));
  }
  if (unknown.length === 0) return;
  throw new TailraceError('TR_VERIFY_NOTHING', {
    what: `Neither server has ${listNames([...new Set(unknown)])}, or they cannot be compared.`,
  });
}

function byName(a: TableReport, b: TableReport): number {
  return tableLabel(a) < tableLabel(b) ? -1 : 1;
}

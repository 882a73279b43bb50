import type { Logger } from 'pino';
import type { TableMap } from '../../binlog/table-map.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import { ownComment } from '../../lag/heartbeat-row.js';
import { quoteTable } from '../../mysql/identifier.js';
import type { ServerConnection } from '../../mysql/server-connection.js';
import { showStatement } from '../../statement/classify-statement.js';
import type { Transaction } from '../../transaction/transaction.js';
import { transactionName } from '../failure/conflict-error.js';
import { type OwnSchemaOptions, ownSchema, ownSchemaVerdict } from '../../statement/own-schema-statement.js';

/** The one table of the schema that the source may keep, and write for its replicas: see `heartbeat:` in the settings. */
const heartbeat = 'heartbeat';

/**
 * Keeps what comes from the source away from schema `tailrace`, where the replica has its checkpoint. A source that was a
 * replica once has such a schema, too, and drops it one day; or a dump of a replica is loaded on it. Such changes are left out, which is
 * said once and counted, and all else in the same transaction is applied.
 */
export class OwnSchemaGuard {
  readonly #control: ServerConnection;
  readonly #options: OwnSchemaOptions;
  readonly #leftOut: () => void;
  readonly #log: Logger;
  #isSaid = false;

  private constructor(
    control: ServerConnection,
    options: OwnSchemaOptions,
    { leftOut, log }: { readonly leftOut: () => void; readonly log: Logger },
  ) {
    this.#control = control;
    this.#options = options;
    this.#leftOut = leftOut;
    this.#log = log;
  }

  /** `told.leftOut` is called for each statement and each row event that is left out. */
  static async read(
    control: ServerConnection,
    told: { readonly leftOut: () => void; readonly log: Logger },
  ): Promise<OwnSchemaGuard> {
    const [variable] = await control.query<{ Value: string }>(
      "SHOW GLOBAL VARIABLES LIKE 'lower_case_table_names'",
    );
    const [table] = await control.query<{ comment: string }>(
      'SELECT TABLE_COMMENT AS comment FROM information_schema.TABLES WHERE TABLE_SCHEMA=? AND TABLE_NAME=?',
      [ownSchema, heartbeat],
    );
    const isOurs = table?.comment === ownComment;
    const replicated: ReadonlySet<string> = new Set(isOurs ? [] : [heartbeat]);
    return new OwnSchemaGuard(control, { ignoresCase: variable?.Value !== '0', replicated }, told);
  }

  /** Whether rows of this table are not the source's to change. */
  owns({ schema, table }: TableMap): boolean {
    const name = this.#options.ignoresCase ? schema.toLowerCase() : schema;
    return name === ownSchema && !this.#options.replicated.has(table);
  }

  /** Rows of a table that it owns were left out. */
  leaveOutRows({ name }: TableMap): void {
    this.#say({ table: name });
  }

  /** What the replica has to do of a statement; null: nothing. Throws TR_STATEMENT_OWN_SCHEMA. */
  async restOf(transaction: Transaction): Promise<Transaction | null> {
    const { statement } = transaction;
    if (statement === null) return transaction;
    const verdict = ownSchemaVerdict(statement, this.#options);
    if (verdict.kind === 'foreign') return transaction;
    if (verdict.kind === 'mixed') throw mixedError(transaction);
    this.#say({ transaction: transactionName(transaction), statement: showStatement(statement) });
    if (verdict.kind === 'own') return null;
    const text = verdict.kind === 'rest' ? verdict.text : await this.#dropReplicated();
    return text === null
      ? null
      : { ...transaction, statement: { ...statement, statement: Buffer.from(text, 'latin1') } };
  }

  async #dropReplicated(): Promise<string | null> {
    if (this.#options.replicated.size === 0) return null;
    const rows = await this.#control.query(
      'SELECT 1 AS found FROM information_schema.TABLES WHERE TABLE_SCHEMA=? AND TABLE_NAME=?',
      [ownSchema, heartbeat],
    );
    return rows.length === 0 ? null : `DROP TABLE IF EXISTS ${quoteTable(ownSchema, heartbeat)}`;
  }

  #say(what: Readonly<Record<string, string>>): void {
    this.#leftOut();
    if (this.#isSaid) return;
    this.#isSaid = true;
    this.#log.warn(
      what,
      'the source changes schema tailrace, where the replica keeps its checkpoint: such changes are left out',
    );
  }
}

function mixedError(transaction: Transaction): TailraceError {
  const { statement } = transaction;
  return new TailraceError('TR_STATEMENT_OWN_SCHEMA', {
    what: `${transactionName(transaction)} changes schema tailrace and others at once: ${statement === null ? '' : showStatement(statement)}`,
    why: 'schema tailrace of the replica is not that of the source, so that the statement cannot be done in part',
    cure: 'Do on the replica by hand, under SET sql_log_bin=0, what it does outside of schema tailrace.',
  });
}

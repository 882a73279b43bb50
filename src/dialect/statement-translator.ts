import { tokenOptions } from '../statement/replica-statement.js';
import type { QueryEvent } from '../binlog/query-event.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { isMysqlAtLeast, parseServerVersion, type ServerVersion } from '../mysql/server-version.js';
import { showStatement } from '../statement/classify-statement.js';
import { mariadbRefusal } from './mariadb-refusals.js';
import { textDefaults } from './mariadb-text-defaults.js';
import { withoutObsoleteClauses } from './obsolete-clauses.js';
import { maxdbMode, sessionInMysqlTerms } from './session-terms.js';
import { type Dialect, isMariadbAtLeast, type SourceTraits } from './source-traits.js';
import { StatementWords } from './statement-words.js';
import { followComments } from './version-comments.js';
import { wholeNumbers } from './whole-numbers.js';

/** Puts the statements of a source's log into terms in which the replica does what the source did. */
export class StatementTranslator {
  readonly #traits: SourceTraits;
  readonly #replica: ServerVersion;
  #dialect: Dialect | null = null;

  constructor(traits: SourceTraits, replicaVersion: string) {
    this.#traits = traits;
    this.#replica = parseServerVersion(replicaVersion);
  }

  /** Whether what is read was written by MariaDB. */
  get isMariadb(): boolean {
    return this.#dialect?.writer.flavour === 'mariadb';
  }

  /** The log that follows was written by a server of this version, as its format description names it. */
  writtenBy(version: string): void {
    this.#dialect = { ...this.#traits, writer: parseServerVersion(version), replica: this.#replica };
  }

  /** A statement that cannot be translated comes back with a refusal. */
  translate(query: QueryEvent): QueryEvent {
    const dialect = this.#dialect;
    return dialect === null ? query : inReplicaTerms(query, dialect);
  }
}

function inReplicaTerms(query: QueryEvent, dialect: Dialect): QueryEvent {
  const { context } = query;
  const options = tokenOptions(context);
  const original = query.statement.toString('latin1');
  let text = followComments(original, { ...options, ...dialect });
  const words = (): StatementWords => new StatementWords(text, options);
  text = withoutObsoleteClauses(words(), dialect.writer);
  if (dialect.writer.flavour === 'mariadb') text = textDefaults(words());
  const reason = refusalReason(words(), query, dialect);
  const translated = {
    ...query,
    statement: text === original ? query.statement : Buffer.from(text, 'latin1'),
    context: sessionInMysqlTerms(context, dialect),
  };
  if (reason === null) {
    const numbers = dialect.writer.flavour === 'mariadb' ? wholeNumbers(words(), query.schema) : null;
    return numbers === null ? translated : { ...translated, wholeNumbers: numbers };
  }
  const refusal = new TailraceError('TR_STATEMENT_DIALECT', {
    what: `A statement of the source would have another effect on the replica: ${showStatement(query)}`,
    why: reason,
  });
  return { ...translated, refusal };
}

function refusalReason(words: StatementWords, query: QueryEvent, dialect: Dialect): string | null {
  const { context, timestamp, schema } = query;
  const { writer, explicitDefaults, startedAt } = dialect;
  const namesTimestamp = words.has('TIMESTAMP') && words.defines('TABLE');
  const isMaxdb = ((context.sqlMode ?? 0n) & maxdbMode) !== 0n && !isMysqlAtLeast(writer, 8);
  if (isMaxdb && words.has('TIMESTAMP')) {
    return 'it ran under sql_mode MAXDB, where TIMESTAMP is another word for DATETIME';
  }
  if (namesTimestamp && explicitDefaults && !saysDefaults(writer) && timestamp < startedAt) {
    return (
      'the source has been restarted since, with explicit_defaults_for_timestamp = ON, and its log does not say ' +
      'which defaults TIMESTAMP columns had before'
    );
  }
  return writer.flavour === 'mariadb' ? mariadbRefusal(words, context, dialect, schema) : null;
}

/** Whether a server logs the setting with its statements. */
function saysDefaults(writer: ServerVersion): boolean {
  return isMysqlAtLeast(writer, 8) || isMariadbAtLeast(writer, 10, 10);
}

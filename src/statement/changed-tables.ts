import type { QueryEvent } from '../binlog/query-event.js';
import type { NamedTable } from '../mysql/name-batches.js';
import { tokenOptions } from './replica-statement.js';
import { statementTokens } from './statement-tokens.js';

/** What may make or undo a foreign key, and what may change a second table. */
const reachFurther = {
  CREATE: new Set(['REFERENCES', 'FOREIGN']),
  ALTER: new Set(['REFERENCES', 'FOREIGN', 'CONSTRAINT', 'RENAME', 'EXCHANGE', 'CONVERT']),
} as const;
const bareName = /^[A-Za-z_$][\w$]*$/;
const ascii = /^[\x20-\x7e]*$/;

/**
 * The tables whose columns, keys or engine a statement may change, when it is certain that it changes no others, nor a foreign
 * key of a table that has none. null: it is not certain. Pure.
 *
 * Read are `TRUNCATE`, `CREATE TABLE`, `DROP TABLE`, `RENAME TABLE` and `ALTER TABLE` in their plain forms, with names in ASCII:
 * these are what a source does all day. Everything else is rare, and then everything may have changed.
 */
export function changedTables(event: QueryEvent): readonly NamedTable[] | null {
  const options = tokenOptions(event.context);
  const tokens = [...statementTokens(event.statement.toString('latin1'), options)].map(({ text }) => text);
  return new Reader(tokens, event.schema, options.ansiQuotes === true).tables();
}

class Reader {
  readonly #tokens: readonly string[];
  readonly #upper: readonly string[];
  readonly #schema: string;
  readonly #ansiQuotes: boolean;
  #at = 0;

  constructor(tokens: readonly string[], schema: string, ansiQuotes: boolean) {
    this.#tokens = tokens;
    this.#upper = tokens.map((token) => token.toUpperCase());
    this.#schema = schema;
    this.#ansiQuotes = ansiQuotes;
  }

  tables(): readonly NamedTable[] | null {
    // Perhaps a second statement.
    if (this.#upper.includes(';')) return null;
    if (this.#takes('TRUNCATE')) return this.#truncated();
    if (this.#takes('CREATE', 'TABLE')) return this.#single(reachFurther.CREATE, 'NOT');
    if (this.#takes('ALTER', 'TABLE')) return this.#single(reachFurther.ALTER);
    if (this.#takes('DROP', 'TABLE')) return this.#dropped();
    if (this.#takes('RENAME', 'TABLE')) return this.#renamed();
    return null;
  }

  /** The table is made again as it was. */
  #truncated(): readonly NamedTable[] | null {
    this.#takes('TABLE');
    return this.#name() !== null && this.#isAtEnd() ? [] : null;
  }

  /** `not` stands between IF and EXISTS. */
  #single(further: ReadonlySet<string>, ...not: readonly string[]): readonly NamedTable[] | null {
    this.#takes('IF', ...not, 'EXISTS');
    const table = this.#name();
    if (table === null) return null;
    return this.#upper.slice(this.#at).some((word) => further.has(word)) ? null : [table];
  }

  #dropped(): readonly NamedTable[] | null {
    this.#takes('IF', 'EXISTS');
    const tables: NamedTable[] = [];
    do {
      const table = this.#name();
      if (table === null) return null;
      tables.push(table);
    } while (this.#takes(','));
    // Both words mean nothing to the server.
    if (!this.#takes('RESTRICT')) this.#takes('CASCADE');
    return this.#isAtEnd() ? tables : null;
  }

  #renamed(): readonly NamedTable[] | null {
    const tables: NamedTable[] = [];
    do {
      const before = this.#name();
      if (before === null || !this.#takes('TO')) return null;
      const after = this.#name();
      if (after === null) return null;
      tables.push(before, after);
    } while (this.#takes(','));
    return this.#isAtEnd() ? tables : null;
  }

  /** Goes over these words, if they come next. */
  #takes(...words: readonly string[]): boolean {
    if (words.some((word, index) => this.#upper[this.#at + index] !== word)) return false;
    this.#at += words.length;
    return true;
  }

  #isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** `table` or `schema.table`; null: it cannot be read, or its schema is not known. */
  #name(): NamedTable | null {
    const first = this.#identifier();
    if (first === null) return null;
    if (!this.#takes('.')) return this.#schema === '' ? null : { schema: this.#schema, table: first };
    const second = this.#identifier();
    return second === null ? null : { schema: first, table: second };
  }

  #identifier(): string | null {
    const token = this.#tokens[this.#at] ?? '';
    const quote = token[0] ?? '';
    const isQuoted =
      token.length > 2 && token.endsWith(quote) && (quote === '`' || (quote === '"' && this.#ansiQuotes));
    if (!ascii.test(token) || !(isQuoted || bareName.test(token))) return null;
    this.#at++;
    return isQuoted ? token.slice(1, -1).replaceAll(quote + quote, quote) : token;
  }
}

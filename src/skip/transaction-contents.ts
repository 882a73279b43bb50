import type { GtidEvent } from '../binlog/gtid-event.js';
import type { QueryEvent } from '../binlog/query-event.js';
import type { RowsKind } from '../binlog/rows-event.js';
import { gtidText } from '../apply/lane/gtid-next.js';

/** So many statements of one transaction are kept. */
const statementsMax = 20;

/** How many rows of a table a transaction changes. */
export interface TableChanges {
  /** `schema.table`, both quoted. */
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** False: there are row events whose rows could not be counted, and the numbers are too low. */
  readonly isCounted: boolean;
}

/** What a transaction of the source holds, for people. */
export interface TransactionContents {
  readonly kind: 'rows' | 'statement' | 'statements and rows' | 'XA PREPARE' | 'unknown' | 'nothing';
  /** null: it has none. */
  readonly gtid: string | null;
  readonly file: string;
  /** Offset of its first event, and of the first event behind it. */
  readonly startOffset: number;
  readonly endOffset: number;
  /** Bytes of its events, unpacked. */
  readonly bytes: number;
  /** When the source committed it, or began it where the log does not say more; milliseconds since 1970. */
  readonly committedMs: number;
  /** The first ones, cut to a readable length, without passwords. */
  readonly statements: readonly string[];
  readonly statementCount: number;
  readonly tables: readonly TableChanges[];
  /** What tailrace does not know or does not apply. */
  readonly notUnderstood: readonly string[];
}

/** Collects what a transaction holds while its events are read. */
export class ContentsBuilder {
  bytes = 0;
  isXa = false;
  #hasBegun = false;
  readonly #file: string;
  readonly #startOffset: number;
  readonly #gtid: string | null;
  readonly #committedMs: number;
  readonly #statements: string[] = [];
  #statementCount = 0;
  readonly #tables = new Map<string, { -readonly [Name in keyof TableChanges]: TableChanges[Name] }>();
  readonly #notUnderstood = new Set<string>();

  /** `seconds`: of its first event, since 1970. */
  constructor(file: string, startOffset: number, head: GtidEvent | null, seconds: number) {
    this.#file = file;
    this.#startOffset = startOffset;
    this.#gtid = head === null || head.gtid === null ? null : gtidText(head.gtid);
    const micros = head?.immediateCommitMicros ?? head?.originalCommitMicros ?? null;
    this.#committedMs = micros === null ? seconds * 1_000 : Math.floor(micros / 1_000);
  }

  /** Behind its `BEGIN`. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Takes a statement; true: the transaction ends with it. */
  query(query: QueryEvent, show: (query: QueryEvent) => string): boolean {
    const start = query.statement.toString('latin1', 0, 64).trimStart().toUpperCase();
    if (!this.#hasBegun) {
      const isXaStart = /^XA\s+START\b/.test(start);
      if (!isXaStart && !/^BEGIN\b/.test(start)) {
        this.#statement(show(query));
        return true;
      }
      this.#hasBegun = true;
      return false;
    }
    if (/^COMMIT\b/.test(start) || /^ROLLBACK(\s+WORK)?\s*$/.test(start)) return true;
    if (!/^(SAVEPOINT|RELEASE\s+SAVEPOINT|XA\s+END)\b/.test(start)) this.#statement(show(query));
    return false;
  }

  /** `count` null: not known. */
  rows(table: string, kind: RowsKind, count: number | null): void {
    let changes = this.#tables.get(table);
    if (changes === undefined) {
      changes = { table, inserted: 0, updated: 0, deleted: 0, isCounted: true };
      this.#tables.set(table, changes);
    }
    if (count === null) changes.isCounted = false;
    else if (kind === 'write') changes.inserted += count;
    else if (kind === 'update') changes.updated += count;
    else changes.deleted += count;
  }

  unknown(what: string): void {
    this.#notUnderstood.add(what);
  }

  contents(endOffset: number): TransactionContents {
    return {
      kind: this.#kind(),
      gtid: this.#gtid,
      file: this.#file,
      startOffset: this.#startOffset,
      endOffset,
      bytes: this.bytes,
      committedMs: this.#committedMs,
      statements: this.#statements,
      statementCount: this.#statementCount,
      tables: [...this.#tables.values()],
      notUnderstood: [...this.#notUnderstood],
    };
  }

  #statement(text: string): void {
    this.#statementCount++;
    if (this.#statements.length < statementsMax) this.#statements.push(text);
  }

  #kind(): TransactionContents['kind'] {
    if (this.isXa) return 'XA PREPARE';
    if (this.#statementCount > 0) return this.#tables.size > 0 ? 'statements and rows' : 'statement';
    if (this.#tables.size > 0) return 'rows';
    return this.#notUnderstood.size > 0 ? 'unknown' : 'nothing';
  }
}

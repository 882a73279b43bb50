import type { QueryEvent } from '../binlog/query-event.js';
import { tokenOptions } from './replica-statement.js';
import { statementTokens } from './statement-tokens.js';

/** What a statement does to temporary tables by name, each as `schema.table`. */
export interface TemporaryTableUse {
  readonly created: string | null;
  readonly dropped: readonly string[];
}

/** Reads `CREATE TEMPORARY TABLE` and `DROP TEMPORARY TABLE`; null: the statement is neither. */
export function readTemporaryTables(query: QueryEvent): TemporaryTableUse | null {
  const text = query.statement.toString('latin1');
  if (!/TEMPORARY/i.test(text)) return null;
  const words = [...statementTokens(text, tokenOptions(query.context))].map((token) => token.text);
  const upper = words.map((word) => word.toUpperCase());
  const createsAt = upper[0] === 'CREATE' ? (upper[1] === 'OR' ? 3 : 1) : -1;
  const at = upper[0] === 'DROP' ? 1 : createsAt;
  if (upper[at] !== 'TEMPORARY' || !/^TABLES?$/.test(upper[at + 1] ?? '')) return null;
  const names = readNames(words, upper, at + 2, query.schema);
  return at === createsAt ? { created: names[0] ?? '', dropped: [] } : { created: null, dropped: names };
}

/** The names behind `[IF [NOT] EXISTS]`, up to the first word that is not in a list of names. */
function readNames(
  words: readonly string[],
  upper: readonly string[],
  from: number,
  schema: string,
): string[] {
  let at = from;
  if (upper[at] === 'IF') at = upper.indexOf('EXISTS', at) + 1;
  const names: string[] = [];
  while (at < words.length) {
    const isQualified = words[at + 1] === '.';
    const table = plain(words[isQualified ? at + 2 : at] ?? '');
    names.push(`${isQualified ? plain(words[at] ?? '') : schema}.${table}`.toLowerCase());
    at += isQualified ? 3 : 1;
    if (words[at] !== ',') break;
    at++;
  }
  return names;
}

function plain(word: string): string {
  return word.startsWith('`') ? word.slice(1, -1).replaceAll('``', '`') : word;
}

/** The temporary tables that sessions of the source hold open, as far as they live on in a session of the replica. */
export class OpenTemporaryTables {
  readonly #byThread = new Map<number, Set<string>>();

  get threads(): number {
    return this.#byThread.size;
  }

  hasAny(threadId: number): boolean {
    return this.#byThread.has(threadId);
  }

  /** Something of `use` has been run for this session of the source. */
  note(threadId: number, { created, dropped }: TemporaryTableUse): void {
    const open = this.#byThread.get(threadId) ?? new Set<string>();
    if (created !== null) open.add(created);
    for (const name of dropped) open.delete(name);
    if (open.size === 0) this.#byThread.delete(threadId);
    else this.#byThread.set(threadId, open);
  }

  clear(): void {
    this.#byThread.clear();
  }
}

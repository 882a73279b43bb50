import type { QueryEvent } from '../binlog/query-event.js';
import { type StatementToken, statementTokens } from './statement-tokens.js';
import { tokenOptions } from './replica-statement.js';

/** What of a statement concerns schema `tailrace` of the replica, which is not the source's to change. */
export type OwnSchemaVerdict =
  /** Nothing: it runs as it is. */
  | { readonly kind: 'foreign' }
  /** All of it: it is left out. */
  | { readonly kind: 'own' }
  /** The whole schema is dropped: what the source keeps in it goes, and the checkpoint stays. */
  | { readonly kind: 'drop-schema' }
  /** A part of it: `text`, one byte a character, is the rest. */
  | { readonly kind: 'rest'; readonly text: string }
  /** It moves something into the schema or out of it. */
  | { readonly kind: 'mixed' };

export interface OwnSchemaOptions {
  /** The replica takes names of schemas in any case for the same. */
  readonly ignoresCase: boolean;
  /** Tables of the schema that the source keeps on its replicas. */
  readonly replicated: ReadonlySet<string>;
}

export const ownSchema = 'tailrace';
/** Bit of ANSI_QUOTES in sql_mode (sql_const.h). */
const ansiQuotes = 1n << 2n;

const foreign: OwnSchemaVerdict = { kind: 'foreign' };
const own: OwnSchemaVerdict = { kind: 'own' };
const modifiers = new Set(['TEMPORARY', 'ONLINE', 'OFFLINE', 'IGNORE', 'UNIQUE', 'FULLTEXT', 'SPATIAL']);
const definerWords = new Set(['ALGORITHM', 'DEFINER', 'SQL', 'AGGREGATE']);
const namedObjects = new Set(['TABLE', 'VIEW', 'TRIGGER', 'PROCEDURE', 'FUNCTION', 'EVENT']);

/** An object that a statement changes, and the tokens of its name. */
interface Target {
  readonly isOwn: boolean;
  readonly from: number;
  /** Index of the token after it. */
  readonly to: number;
}

/** Tells what of a statement changes schema `tailrace`. Names that it only reads do not count. Pure. */
export function ownSchemaVerdict(event: QueryEvent, options: OwnSchemaOptions): OwnSchemaVerdict {
  const text = event.statement.toString('latin1');
  // Nearly every statement: nothing names the schema.
  if (!/tailrace/i.test(text) && event.schema.toLowerCase() !== ownSchema) return foreign;
  return new Reader(event, text, options).verdict();
}

class Reader {
  readonly #text: string;
  readonly #tokens: readonly StatementToken[];
  readonly #upper: readonly string[];
  readonly #schema: string;
  readonly #ansiQuotes: boolean;
  readonly #options: OwnSchemaOptions;

  constructor(event: QueryEvent, text: string, options: OwnSchemaOptions) {
    this.#text = text;
    this.#tokens = [...statementTokens(text, tokenOptions(event.context))];
    this.#upper = this.#tokens.map((token) => token.text.toUpperCase());
    this.#schema = event.schema;
    this.#ansiQuotes = ((event.context.sqlMode ?? 0n) & ansiQuotes) !== 0n;
    this.#options = options;
  }

  verdict(): OwnSchemaVerdict {
    const [verb = ''] = this.#upper;
    if (verb === 'TRUNCATE') return this.#single(this.#upper[1] === 'TABLE' ? 2 : 1);
    if (verb === 'RENAME') return this.#upper[1] === 'USER' ? foreign : this.#rename();
    if (verb === 'INSERT' || verb === 'REPLACE' || verb === 'UPDATE' || verb === 'DELETE') {
      return this.#rowChange();
    }
    if (verb !== 'CREATE' && verb !== 'ALTER' && verb !== 'DROP') return foreign;
    const at = this.#objectAt();
    const object = this.#upper[at] ?? '';
    if (object === 'DATABASE' || object === 'SCHEMA') return this.#schemaStatement(verb, at + 1);
    if (object === 'INDEX') return this.#single(this.#upper.indexOf('ON', at) + 1);
    if (object === 'TABLES') return this.#list(at + 1);
    if (!namedObjects.has(object)) return foreign;
    if (verb === 'DROP' && (object === 'TABLE' || object === 'VIEW')) return this.#list(at + 1);
    if (verb === 'CREATE' && object === 'TRIGGER') return this.#single(this.#upper.indexOf('ON', at) + 1);
    if (verb === 'ALTER' && object === 'TABLE') return this.#alterTable(at + 1);
    return this.#single(at + 1);
  }

  /** Index of the word that says what kind of object is meant; what may stand before it is passed over. */
  #objectAt(): number {
    let at = 1;
    if (this.#upper[at] === 'OR') at += 2;
    while (modifiers.has(this.#upper[at] ?? '')) at++;
    if (!definerWords.has(this.#upper[at] ?? '')) return at;
    // ALGORITHM, DEFINER, SQL SECURITY and AGGREGATE: the account between them may be quoted, and is no bare word then.
    const kinds = ['VIEW', 'TRIGGER', 'PROCEDURE', 'FUNCTION', 'EVENT'];
    const found = this.#upper.findIndex((word, index) => index > at && kinds.includes(word));
    return found < 0 ? this.#upper.length : found;
  }

  #schemaStatement(verb: string, from: number): OwnSchemaVerdict {
    const at = this.#afterIf(from);
    const name = this.#nameAt(at);
    // ALTER DATABASE may leave the name out: then its options follow.
    const isOwn =
      name === null || (verb === 'ALTER' && this.#isOption(at))
        ? this.#isOwnSchema(this.#schema)
        : this.#isOwnSchema(name);
    if (!isOwn) return foreign;
    return verb === 'DROP' ? { kind: 'drop-schema' } : own;
  }

  #isOption(at: number): boolean {
    return ['DEFAULT', 'CHARACTER', 'CHARSET', 'COLLATE', 'ENCRYPTION', 'READ'].includes(
      this.#upper[at] ?? '',
    );
  }

  #single(from: number): OwnSchemaVerdict {
    return this.#target(this.#afterIf(from))?.isOwn === true ? own : foreign;
  }

  /** `ALTER TABLE a RENAME TO b`, and `… EXCHANGE PARTITION p WITH TABLE b`, have a second table. */
  #alterTable(from: number): OwnSchemaVerdict {
    const first = this.#target(this.#afterIf(from));
    if (first === null) return foreign;
    for (let at = first.to; at < this.#tokens.length; at++) {
      const word = this.#upper[at];
      let second: Target | null = null;
      if (word === 'RENAME' && !['COLUMN', 'INDEX', 'KEY'].includes(this.#upper[at + 1] ?? '')) {
        second = this.#target(['TO', 'AS', '='].includes(this.#upper[at + 1] ?? '') ? at + 2 : at + 1);
      } else if (word === 'WITH' && this.#upper[at + 1] === 'TABLE') second = this.#target(at + 2);
      if (second !== null && second.isOwn !== first.isOwn) return { kind: 'mixed' };
    }
    return first.isOwn ? own : foreign;
  }

  /** `DROP TABLE a, b`: the names that are not ours stay. */
  #list(from: number): OwnSchemaVerdict {
    const start = this.#afterIf(from);
    const targets: Target[] = [];
    for (let at = start; ;) {
      const target = this.#target(at);
      if (target === null) break;
      targets.push(target);
      if (this.#upper[target.to] !== ',') break;
      at = target.to + 1;
    }
    return this.#without(targets, (target) => target.isOwn);
  }

  #rename(): OwnSchemaVerdict {
    const pairs: Target[] = [];
    for (let at = 2; ;) {
      const before = this.#target(at);
      if (before === null || this.#upper[before.to] !== 'TO') break;
      const after = this.#target(before.to + 1);
      if (after === null) break;
      if (before.isOwn !== after.isOwn) return { kind: 'mixed' };
      pairs.push({ isOwn: before.isOwn, from: before.from, to: after.to });
      if (this.#upper[after.to] !== ',') break;
      at = after.to + 1;
    }
    return this.#without(pairs, (pair) => pair.isOwn);
  }

  /** Changes that are logged as statements. What they read of ours, beside others that they change, is not what the source read. */
  #rowChange(): OwnSchemaVerdict {
    const words = ['LOW_PRIORITY', 'DELAYED', 'HIGH_PRIORITY', 'QUICK', 'IGNORE', 'INTO', 'FROM'];
    let at = 1;
    while (words.includes(this.#upper[at] ?? '')) at++;
    if (this.#target(at)?.isOwn === true) return own;
    const names = this.#tokens.some(
      (_, index) => this.#upper[index + 1] === '.' && this.#target(index)?.isOwn,
    );
    return names ? { kind: 'mixed' } : foreign;
  }

  /** The statement without some members of its list, which lie one behind the other. */
  #without(members: readonly Target[], isLeftOut: (member: Target) => boolean): OwnSchemaVerdict {
    const kept = members.filter((member) => !isLeftOut(member));
    if (kept.length === members.length) return foreign;
    if (kept.length === 0) return own;
    const [first, last] = [members[0] as Target, members.at(-1) as Target];
    const head = this.#text.slice(0, this.#tokens[first.from]?.start);
    const tail = this.#text.slice(this.#tokens[last.to - 1]?.end);
    const list = kept.map(({ from, to }) =>
      this.#text.slice(this.#tokens[from]?.start, this.#tokens[to - 1]?.end),
    );
    return { kind: 'rest', text: head + list.join(', ') + tail };
  }

  /** Index after `IF [NOT] EXISTS`, if that stands there. */
  #afterIf(at: number): number {
    if (this.#upper[at] !== 'IF') return at;
    if (this.#upper[at + 1] === 'EXISTS') return at + 2;
    return this.#upper[at + 1] === 'NOT' && this.#upper[at + 2] === 'EXISTS' ? at + 3 : at;
  }

  #target(at: number): Target | null {
    const first = this.#nameAt(at);
    if (first === null) return null;
    const isQualified = this.#upper[at + 1] === '.';
    const schema = isQualified ? first : this.#schema;
    const name = isQualified ? this.#nameAt(at + 2) : first;
    const isOwn = this.#isOwnSchema(schema) && !this.#options.replicated.has(name ?? '');
    return { isOwn, from: at, to: isQualified ? at + 3 : at + 1 };
  }

  #nameAt(at: number): string | null {
    const text = this.#tokens[at]?.text;
    if (text === undefined) return null;
    if (text.startsWith('`')) return text.slice(1, -1).replaceAll('``', '`');
    if (this.#ansiQuotes && text.startsWith('"')) return text.slice(1, -1).replaceAll('""', '"');
    return /^[\w$\x80-\xff]+$/.test(text) ? text : null;
  }

  #isOwnSchema(name: string): boolean {
    return (this.#options.ignoresCase ? name.toLowerCase() : name) === ownSchema;
  }
}

import { isMysqlAtLeast, type ServerVersion } from '../mysql/server-version.js';
import { isMariadbAtLeast } from './source-traits.js';
import type { StatementWords } from './statement-words.js';

/** Which clauses a server reads and does nothing with. */
interface Ignored {
  /** `REFERENCES` behind a column: a foreign key since MySQL 9.0 and MariaDB 10.5. */
  readonly references: boolean;
  /** `CHECK (…)`: a constraint since MySQL 8.0.16 and MariaDB 10.2. */
  readonly check: boolean;
  /** `DESC` in a key: an order since MySQL 8.0 and MariaDB 10.8. */
  readonly descending: boolean;
}

/** From and to which token; the last is not one of them. */
type Range = readonly [from: number, to: number];

const keyWords = new Set([
  'PRIMARY',
  'UNIQUE',
  'KEY',
  'INDEX',
  'FULLTEXT',
  'SPATIAL',
  'FOREIGN',
  'CONSTRAINT',
]);
const referentialWords = new Set(['RESTRICT', 'CASCADE', 'SET', 'NULL', 'DEFAULT', 'NO', 'ACTION']);

/**
 * A definition without what the server that wrote it ignored and the replica would obey. Counter-example: `p INT REFERENCES t (id) ON
 * DELETE CASCADE` is a plain column on MySQL 5.6 and 8.4; on MySQL 9 it is a foreign key, that would delete rows which the source keeps.
 */
export function withoutObsoleteClauses(words: StatementWords, writer: ServerVersion): string {
  const ignored = ignoredBy(writer);
  if (!ignored.references && !ignored.check && !ignored.descending) return words.text;
  if (!words.has('REFERENCES', 'CHECK', 'DESC')) return words.text;
  return without(words, rangesToRemove(words, ignored));
}

function ignoredBy(writer: ServerVersion): Ignored {
  return {
    references: !isMysqlAtLeast(writer, 9) && !isMariadbAtLeast(writer, 10, 5),
    check: !isMysqlAtLeast(writer, 8, 0, 16) && !isMariadbAtLeast(writer, 10, 2),
    descending: !isMysqlAtLeast(writer, 8) && !isMariadbAtLeast(writer, 10, 8),
  };
}

function rangesToRemove(words: StatementWords, ignored: Ignored): Range[] {
  const { upper, verb } = words;
  if (words.defines('INDEX')) {
    return ignored.descending && verb === 'CREATE' ? descendingIn(words, 0, upper.length) : [];
  }
  if (!words.defines('TABLE')) return [];
  if (verb === 'ALTER') return inList(words, upper.indexOf('TABLE') + 2, upper.length, ignored);
  const open = upper.indexOf('(');
  if (open < 0 || ['LIKE', 'SELECT'].includes(upper[open + 1] ?? '')) return [];
  return inList(words, open + 1, words.closing(open), ignored);
}

/** Of definitions, or changes, with commas between them. */
function inList(words: StatementWords, from: number, to: number, ignored: Ignored): Range[] {
  const ranges: Range[] = [];
  for (let at = from; at < to;) {
    const end = Math.min(words.definitionEnd(at), to);
    if (ignored.check && isCheckAlone(words, at, end)) ranges.push(withComma(words, at, end, from));
    else ranges.push(...inDefinition(words, at, end, ignored));
    at = end + 1;
  }
  return ranges;
}

/** `[ADD] [CONSTRAINT [name]] CHECK (…)`. */
function isCheckAlone({ upper }: StatementWords, from: number, to: number): boolean {
  let at = from;
  if (upper[at] === 'ADD') at++;
  if (upper[at] === 'CONSTRAINT') at += upper[at + 1] === 'CHECK' ? 1 : 2;
  return at < to && upper[at] === 'CHECK' && upper[at + 1] === '(';
}

/** The definition with the comma before it; the first one with the comma behind it. */
function withComma({ upper }: StatementWords, from: number, to: number, listFrom: number): Range {
  if (from > listFrom && upper[from - 1] === ',') return [from - 1, to];
  return [from, upper[to] === ',' ? to + 1 : to];
}

function inDefinition(words: StatementWords, from: number, to: number, ignored: Ignored): Range[] {
  const { upper } = words;
  let first = from;
  if (upper[first] === 'ADD') first++;
  if (first > from && upper[first] === 'COLUMN') first++;
  if (first > from && upper[first] === '(') return inList(words, first + 1, words.closing(first), ignored);
  if (keyWords.has(upper[first] ?? '')) return ignored.descending ? descendingIn(words, first, to) : [];
  const ranges: Range[] = [];
  for (let at = first; at < to; at++) {
    if (upper[at] === '(') at = words.closing(at);
    else if (ignored.references && upper[at] === 'REFERENCES') {
      const end = referenceEnd(words, at, to);
      ranges.push([at, end]);
      at = end - 1;
    } else if (ignored.check && upper[at] === 'CHECK' && upper[at + 1] === '(') {
      const end = words.closing(at + 1) + 1;
      ranges.push([at, end]);
      at = end - 1;
    }
  }
  return ranges;
}

/** Behind `REFERENCES name [. name] [(columns)] [MATCH word] [ON DELETE … ON UPDATE …]`. */
function referenceEnd(words: StatementWords, from: number, to: number): number {
  const { upper } = words;
  let at = from + 2;
  if (upper[at] === '.') at += 2;
  if (upper[at] === '(') at = words.closing(at) + 1;
  if (upper[at] === 'MATCH') at += 2;
  while (at < to && upper[at] === 'ON' && (upper[at + 1] === 'DELETE' || upper[at + 1] === 'UPDATE')) {
    at += 2;
    // SET NULL, SET DEFAULT and NO ACTION are two words.
    const length = upper[at] === 'SET' || upper[at] === 'NO' ? 2 : 1;
    if (!referentialWords.has(upper[at] ?? '')) break;
    at += length;
  }
  return Math.min(at, to);
}

function descendingIn({ upper }: StatementWords, from: number, to: number): Range[] {
  const ranges: Range[] = [];
  let depth = 0;
  for (let at = from; at < to; at++) {
    if (upper[at] === '(') depth++;
    else if (upper[at] === ')') depth--;
    else if (depth > 0 && upper[at] === 'DESC') ranges.push([at, at + 1]);
  }
  return ranges;
}

function without({ text, tokens }: StatementWords, ranges: readonly Range[]): string {
  let kept = '';
  let from = 0;
  for (const [first, end] of ranges) {
    const start = tokens[first]?.start ?? text.length;
    // A comment of which the source ran the inside ends behind it.
    kept += `${text.slice(from, start)}${commentMarks(text.slice(start, tokens[end - 1]?.end))} `;
    from = tokens[end - 1]?.end ?? text.length;
  }
  return kept + text.slice(from);
}

/** Beginnings and ends of version comments that lie in what is taken out must stay in pairs. */
function commentMarks(text: string): string {
  return (text.match(/\/\*!\d*|\*\//g) ?? []).join(' ');
}

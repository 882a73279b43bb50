import type { StatementWords } from './statement-words.js';

const textTypes = new Set([
  'TINYTEXT',
  'TEXT',
  'MEDIUMTEXT',
  'LONGTEXT',
  'TINYBLOB',
  'BLOB',
  'MEDIUMBLOB',
  'LONGBLOB',
]);

/** What stands before the name of a column. */
const beforeNames = new Set([',', '(', 'ADD', 'COLUMN', 'MODIFY', 'CHANGE', 'EXISTS']);
const otherTypes =
  /^(?:TINY|SMALL|MEDIUM|BIG)?INT|^(?:VAR)?(?:CHAR|BINARY)|^DEC|^NUM|^FLOAT|^DOUBLE|^REAL|^BIT|^BOOL|^DATE|^TIME|^YEAR|^ENUM|^SET|^JSON/;

/**
 * A definition of MariaDB with the defaults of its TEXT and BLOB columns in parentheses: MySQL takes them so only. Without them
 * it refuses most, and drops an empty one with no more than a warning where the mode is not strict.
 */
export function textDefaults(words: StatementWords): string {
  const { text, tokens, upper } = words;
  if (!words.has('DEFAULT') || !words.defines('TABLE')) return text;
  let said = '';
  let copied = 0;
  let isText = false;
  for (let at = 0; at < upper.length; at++) {
    const word = upper[at] as string;
    if (isTextType(upper, at)) isText = true;
    else if (word === ',') isText = false;
    const literal = tokens[at + 1];
    if (!isText || word !== 'DEFAULT' || literal === undefined || !/^(?:'|"|\d)/.test(literal.text)) continue;
    said += `${text.slice(copied, literal.start)}(${literal.text})`;
    copied = literal.end;
  }
  return said + text.slice(copied);
}

/** A word of a type that is not the name of a column, which may be the same word. */
function isTextType(upper: readonly string[], at: number): boolean {
  if (!textTypes.has(upper[at] as string) || beforeNames.has(upper[at - 1] ?? '')) return false;
  return !otherTypes.test(upper[at + 1] ?? '') && !textTypes.has(upper[at + 1] ?? '');
}

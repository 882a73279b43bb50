import type { CharsetCollation, SessionContext } from '../binlog/session-context.js';
import { collationLabel, isMariadbOnly, unicodeSetOf } from './mariadb-collations.js';
import type { Dialect } from './source-traits.js';
import type { StatementWords } from './statement-words.js';

/** Names that MariaDB gives to collations of its own, and MySQL to others. */
const sameName = /^[`"']?\w+_(?:0900_\w+|croatian_ci)[`"']?$/i;
/** Words that name a character set without naming it. */
const nationalWords = ['NATIONAL', 'NCHAR', 'NVARCHAR'] as const;

/** Why texts would be compared otherwise on the replica after a statement of MariaDB; null: they are not. */
export function collationRefusal(
  words: StatementWords,
  context: SessionContext,
  dialect: Dialect,
  schema: string,
): string | null {
  return (
    namedRefusal(words, dialect) ??
    databaseRefusal(words, context) ??
    tableRefusal(words, dialect, schema) ??
    charsetRefusal(words, context.charsetCollations) ??
    bodyRefusal(words, context, dialect, schema)
  );
}

function namedRefusal({ upper, tokens }: StatementWords, { utf8IsUtf8mb4 }: Dialect): string | null {
  for (let i = 0; i < upper.length; i++) {
    if (upper[i] === 'COLLATE') {
      const name = tokens[upper[i + 1] === '=' ? i + 2 : i + 1]?.text ?? '';
      if (sameName.test(name)) return `its collation ${name} is another one on MySQL`;
    }
    const charset = charsetNameAt(upper, i);
    if (utf8IsUtf8mb4 && charset !== null && unquoted(charset.name) === 'UTF8') {
      return 'it names the character set utf8, which is utf8mb4 on the source (old_mode) and utf8mb3 on MySQL';
    }
  }
  return null;
}

/** A schema without a collation of its own has the server's. */
function databaseRefusal(words: StatementWords, { charset }: SessionContext): string | null {
  if (!words.defines('DATABASE', 'SCHEMA') || charset === null || !isMariadbOnly(charset.server)) return null;
  const says = words.upper.some((word, at) => word === 'COLLATE' || charsetNameAt(words.upper, at) !== null);
  if (says || words.verb === 'ALTER') return null;
  return missing('its schema has the default collation', charset.server);
}

/** A table without a collation of its own has its schema's. */
function tableRefusal(words: StatementWords, { ownSchemas }: Dialect, schema: string): string | null {
  const { upper, tokens } = words;
  if (words.verb !== 'CREATE' || !words.defines('TABLE') || words.has('LIKE')) return null;
  const open = upper.indexOf('(');
  const dot = upper.slice(0, open < 0 ? undefined : open).indexOf('.');
  const target = dot < 0 ? schema : unquoted(tokens[dot - 1]?.text ?? '');
  if (!ownSchemas.has(target)) return null;
  const options = open < 0 ? 0 : words.closing(open) + 1;
  const says = upper.some(
    (word, at) => at >= options && (word === 'COLLATE' || charsetNameAt(upper, at) !== null),
  );
  return says ? null : `its table has the default collation of schema ${target}, which MySQL does not have`;
}

/** A character set that is named alone brings its default collation, which MariaDB lets every session choose. */
function charsetRefusal(words: StatementWords, chosen: readonly CharsetCollation[]): string | null {
  const { upper } = words;
  const own = chosen.filter(({ charset, collation }) => isMariadbOnly(collation) || collation !== charset);
  if (own.length === 0) return null;
  const ofCharset = (name: string): CharsetCollation | undefined =>
    own.find(({ charset }) => unicodeSetOf(charset) === name);
  for (let i = 0; i < upper.length; i++) {
    const named = charsetNameAt(upper, i);
    if (named === null) continue;
    const end = words.definitionEnd(named.at);
    if (upper.slice(named.at, end).includes('COLLATE')) continue;
    const name = unquoted(named.name).toLowerCase();
    const choice = ofCharset(name === 'utf8' ? 'utf8mb3' : name);
    if (choice !== undefined)
      return missing(`character set ${name} has the default collation`, choice.collation);
  }
  const national = ofCharset('utf8mb3');
  if (national !== undefined && words.has(...nationalWords)) {
    return missing('national characters have the default collation', national.collation);
  }
  return null;
}

/** Views and programs keep the collations of the session that made them, and of their schema. */
function bodyRefusal(
  words: StatementWords,
  { charset }: SessionContext,
  { ownSchemas }: Dialect,
  schema: string,
): string | null {
  if (!words.defines('VIEW', 'PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT')) return null;
  if (charset !== null && isMariadbOnly(charset.connection)) {
    return missing('its texts have the collation of its session', charset.connection);
  }
  return ownSchemas.has(schema)
    ? `its texts have the collation of schema ${schema}, which MySQL does not have`
    : null;
}

function missing(what: string, collation: number): string {
  return `${what} ${collationLabel(collation)}, which MySQL does not have`;
}

/** The name in `CHARACTER SET [=] name`, `CHAR SET` or `CHARSET`, which begins at the token `at`. */
function charsetNameAt(upper: readonly string[], at: number): { name: string; at: number } | null {
  let next: number;
  if (upper[at] === 'CHARSET') next = at + 1;
  else if ((upper[at] === 'CHARACTER' || upper[at] === 'CHAR') && upper[at + 1] === 'SET') next = at + 2;
  else return null;
  if (upper[next] === '=') next++;
  const name = upper[next];
  return name === undefined ? null : { name, at: next };
}

function unquoted(name: string): string {
  return name.replace(/^[`"'](.*)[`"']$/s, '$1');
}

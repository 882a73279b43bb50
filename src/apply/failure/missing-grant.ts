import type { ServerError } from '../../mysql/server-error.js';
import { quoteIdentifier } from '../../mysql/identifier.js';

/** What a refusal for want of a privilege says, by error number of MySQL; how to read the privilege, and on what it is granted. */
const refusals: Readonly<Record<number, RegExp>> = {
  /** ER_SPECIFIC_ACCESS_DENIED_ERROR: several stand with "or" between. */
  1227: /you need \(at least one of\) the (?<privilege>.+?) privilege/i,
  /** ER_TABLEACCESS_DENIED_ERROR and ER_COLUMNACCESS_DENIED_ERROR. */
  1142: /^(?<privilege>[A-Z, ]+?) command denied/i,
  1143: /^(?<privilege>[A-Z, ]+?) command denied/i,
  /** ER_PROCACCESS_DENIED_ERROR. */
  1370: /^(?<privilege>[A-Z ]+?) command denied/i,
  /** ER_DBACCESS_DENIED_ERROR: it names the schema, and not the privilege. */
  1044: /to database '(?<schema>.*)'$/i,
};

/** ER_ACCESS_DENIED_ERROR names neither; and whoever grants something must have it, and may grant it. */
const grantErrnos = new Set([1044, 1045, 1142, 1143, 1227, 1370]);
const grantOfPrivileges = /^\s*(?:GRANT|REVOKE)\s+(?<what>[^']+?\s+ON\s+[^']+?)\s+(?:TO|FROM)\s/i;

/**
 * The GRANT for want of which the replica has refused a statement; null: neither its reason nor the statement tells. `account`: as GRANT
 * names it.
 */
export function missingGrant(
  { errno, sqlMessage }: ServerError,
  statement: string,
  account: string,
): string | null {
  const what = grantErrnos.has(errno) ? grantOfPrivileges.exec(statement)?.groups?.['what'] : undefined;
  if (what !== undefined) return `GRANT ${what} TO ${account} WITH GRANT OPTION;`;
  const groups = refusals[errno]?.exec(sqlMessage)?.groups;
  if (groups === undefined) return null;
  const { privilege, schema } = groups;
  if (schema !== undefined)
    return `GRANT ALL ON ${quoteIdentifier(schema)}.* TO ${account} WITH GRANT OPTION;`;
  const [first = '', ...others] = (privilege ?? '')
    .split(/\s+or\s+/i)
    .map((name) => name.trim().toUpperCase());
  // The narrowest one.
  const needed = first === 'SUPER' ? (others[0] ?? first) : first;
  return `GRANT ${needed.replace(/\(S\)$/, '')} ON *.* TO ${account};`;
}

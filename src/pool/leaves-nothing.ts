import { routeStatement } from './statement-route.js';

/** Longer texts are not looked at: to reset a connection costs less than to read them. */
const textLengthMax = 16_384;
/** Texts that were judged before: applications say the same few over and over. */
const judgedMax = 500;

const judged = new Map<string, boolean>();

/**
 * Whether a connection is, for its next user, as it was before this statement. Only a plain query is known to be so, and what stands around
 * a transaction: a write leaves LAST_INSERT_ID() at least, and a SET, a procedure or a trigger whatever it likes. `sql` null: the text
 * is not known.
 *
 * @example leavesNothing('SELECT v FROM t') // true
 * @example leavesNothing("SELECT @a := v, GET_LOCK('x', 1) FROM t") // false
 */
export function leavesNothing(sql: string | null): boolean {
  if (sql === null || sql.length > textLengthMax) return false;
  const known = judged.get(sql);
  if (known !== undefined) return known;
  const { kind } = routeStatement(sql);
  // Whether a transaction is still open, the server says itself.
  const isPlain = kind === 'read' || kind === 'begin' || kind === 'end' || kind === 'savepoint';
  if (judged.size >= judgedMax) judged.delete(judged.keys().next().value!);
  judged.set(sql, isPlain);
  return isPlain;
}

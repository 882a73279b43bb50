/** A statement as mysql2 takes it, whichever way it was given. */
export interface StatementRequest {
  readonly sql: string;
  readonly values: unknown;
  /** `rowsAsArray`, `typeCast`, `timeout`, …: mysql2's options for one query. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `execute` prepares the statement on the server. */
  readonly method: 'query' | 'execute';
}

/** What mysql2 calls back with: rows, or what a change has done, and the columns. */
export type StatementCallback = (error: Error | null, result?: unknown, fields?: unknown) => void;

/** The arguments of mysql2's `query` and `execute`: a text or options, then perhaps values, then perhaps a callback. */
export type StatementArguments = readonly [
  statement: string | Readonly<Record<string, unknown>>,
  valuesOrCallback?: unknown,
  callback?: unknown,
];

/** Reads such arguments. Throws TypeError where there is no statement. */
export function readArguments(
  method: StatementRequest['method'],
  [statement, second, third]: StatementArguments,
): { readonly request: StatementRequest; readonly callback: StatementCallback | null } {
  const { sql, values: own, ...options } = typeof statement === 'string' ? { sql: statement } : statement;
  if (typeof sql !== 'string')
    throw new TypeError('a statement is a text, or an object with a text as its sql');
  const callback = typeof second === 'function' ? second : third;
  const given = typeof second === 'function' ? undefined : second;
  return {
    request: { sql, values: given ?? own, options, method },
    callback: typeof callback === 'function' ? (callback as StatementCallback) : null,
  };
}

/**
 * A statement that a server refused, as the server said it. It keeps the numbers and the server's own words, and never the
 * statement itself: statements may hold passwords or rows.
 */
export class ServerError extends Error {
  /** The server's error number, such as 1062. */
  readonly errno: number;
  /** The server's name of the error, such as `ER_DUP_ENTRY`. */
  readonly code: string;
  /** Five characters, such as `23000`; empty when the server sent none. */
  readonly sqlState: string;
  readonly sqlMessage: string;

  constructor(details: {
    readonly errno: number;
    readonly code: string;
    readonly sqlState: string;
    readonly sqlMessage: string;
  }) {
    super(`${details.code} (${String(details.errno)}): ${details.sqlMessage}`);
    this.name = 'ServerError';
    this.errno = details.errno;
    this.code = details.code;
    this.sqlState = details.sqlState;
    this.sqlMessage = details.sqlMessage;
  }
}

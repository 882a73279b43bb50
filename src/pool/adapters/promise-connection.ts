import type { StatementArguments } from './statement-request.js';
import type { StatementConnection } from './statement-connection.js';

/** A `StatementConnection` as promises, as mysql2's own connections are by `promise()`. */
export class PromiseConnection {
  readonly connection: StatementConnection;

  constructor(connection: StatementConnection) {
    this.connection = connection;
  }

  /** Resolves to the result and its columns. */
  query(statement: StatementArguments[0], values?: unknown): Promise<[result: unknown, fields: unknown]> {
    return this.#promise((done) => this.connection.query(statement, values, done));
  }

  execute(statement: StatementArguments[0], values?: unknown): Promise<[result: unknown, fields: unknown]> {
    return this.#promise((done) => this.connection.execute(statement, values, done));
  }

  release(): void {
    this.connection.release();
  }

  destroy(): void {
    this.connection.destroy();
  }

  #promise(
    start: (done: (error: Error | null, result?: unknown, fields?: unknown) => void) => void,
  ): Promise<[result: unknown, fields: unknown]> {
    return new Promise((resolve, reject) => {
      start((error, result, fields) => {
        if (error === null) resolve([result, fields]);
        else reject(error);
      });
    });
  }
}

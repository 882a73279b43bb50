import type { PoolConnection } from 'mysql2/promise';
import type { AdapterNeeds } from './adapter-options.js';
import type { StatementRequest } from './statement-request.js';

/** mysql2's connection below its promises: only there are streams, and every option of a query. */
interface DriverConnection {
  query(options: object, values: unknown, callback?: DriverCallback): DriverQuery;
  execute(options: object, values: unknown, callback: DriverCallback): unknown;
}
interface DriverQuery {
  stream(options: object): NodeJS.ReadableStream;
}
type DriverCallback = (error: Error | null, result: unknown, fields: unknown) => void;

export interface StatementAnswer {
  readonly result: unknown;
  readonly fields: unknown;
}

/** Runs statements on connections of servers, the way one adapter needs it. */
export class StatementRunner {
  readonly #needs: AdapterNeeds;
  readonly #prepared = new WeakSet<object>();

  constructor(needs: AdapterNeeds) {
    this.#needs = needs;
  }

  /** Runs a statement to its end. Rejects with what mysql2 gives. */
  async run(connection: PoolConnection, request: StatementRequest): Promise<StatementAnswer> {
    const driver = await this.#prepare(connection);
    return send(driver, this.#complete(request));
  }

  /** Begins a statement whose rows are taken one by one. */
  async stream(
    connection: PoolConnection,
    request: StatementRequest,
    options: object,
  ): Promise<NodeJS.ReadableStream> {
    const driver = await this.#prepare(connection);
    const { sql, values, options: own } = this.#complete(request);
    return driver.query({ ...own, sql }, values).stream(options);
  }

  /** Sets up what was lent, once: each time that it goes back, the pool makes it as new. */
  async #prepare(lent: PoolConnection): Promise<DriverConnection> {
    const driver = lent.connection as unknown as DriverConnection;
    const { setup } = this.#needs;
    if (setup !== undefined && !this.#prepared.has(lent)) {
      await send(driver, { sql: setup, values: undefined, options: {}, method: 'query' });
      this.#prepared.add(lent);
    }
    return driver;
  }

  #complete(request: StatementRequest): StatementRequest {
    const { queryOptions = {}, format } = this.#needs;
    const options = { ...queryOptions, ...request.options };
    if (format === undefined || request.method === 'execute' || request.values === undefined) {
      return { ...request, options };
    }
    return { ...request, sql: format(request.sql, request.values), values: undefined, options };
  }
}

function send(driver: DriverConnection, request: StatementRequest): Promise<StatementAnswer> {
  const { sql, values, options, method } = request;
  return new Promise((resolve, reject) => {
    driver[method]({ ...options, sql }, values, (error, result, fields) => {
      if (error === null) resolve({ result, fields });
      else reject(error);
    });
  });
}

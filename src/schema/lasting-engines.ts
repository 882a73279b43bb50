import type { ServerConnection } from '../mysql/server-connection.js';

const lastingTable = `SELECT 1 AS found FROM information_schema.TABLES
  WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
  AND ENGINE NOT IN (SELECT ENGINE FROM information_schema.ENGINES WHERE TRANSACTIONS = 'YES') LIMIT 1`;

/**
 * Knows whether the replica has any table of an engine that cannot roll back. The log does not tell it of a statement: one that
 * changed no row ends like one that changed a MyISAM table.
 */
export class LastingEngines {
  #known: boolean | null = null;

  /** Whether there is such a table; asks the replica once, and again behind each `forget`. */
  async exist(replica: ServerConnection): Promise<boolean> {
    this.#known ??= (await replica.query(lastingTable)).length > 0;
    return this.#known;
  }

  /** A table may have been created, or changed. */
  forget(): void {
    this.#known = null;
  }
}

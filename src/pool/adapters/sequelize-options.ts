import type { Options } from 'sequelize';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { ReplicaPool } from '../replica-pool.js';
import type { AdapterOptions } from './adapter-options.js';
import { StatementConnection } from './statement-connection.js';
import { StatementScope } from './statement-scope.js';

export type { AdapterOptions } from './adapter-options.js';

export interface SequelizeOptions extends AdapterOptions {
  /** The session’s time zone on every server, as an offset, and Sequelize’s own; `+00:00` by default. */
  readonly timezone?: string;
}

export interface SequelizeSettings extends Options {
  /** Sequelize would set the time zone on its connections, which are not those of servers. Its own types lack the option. */
  readonly keepDefaultTimezone: boolean;
}

/** Sequelize’s settings of a connection, as it hands them to mysql2. */
interface ConnectionSettings {
  readonly typeCast: unknown;
  readonly supportBigNumbers: boolean;
}

/**
 * For Sequelize 6: options to spread into its own. Reads go where the pool says, everything else to the source.
 *
 * ```ts
 * const db = new Sequelize({ ...sequelizeOptions(pool), pool: { max: 50 } });
 * await pool.runInSession(token, () => Order.findByPk(id));
 * ```
 *
 * Add hooks of your own by `db.addHook`. `pool.max` limits how many statements run at a time. The addresses in the pool should have `flags: ['-FOUND_ROWS']`, as
 * Sequelize’s own have, so that rows that an UPDATE found and did not change are not counted. `useMaster: true` reads from
 * the source. `db.close()` leaves the pool as it is. Throws TR_POOL_OPTIONS.
 */
export function sequelizeOptions(pool: ReplicaPool, options: SequelizeOptions = {}): SequelizeSettings {
  const { timezone = '+00:00', ...rest } = options;
  if (!/^[+-]\d\d:\d\d$/.test(timezone)) {
    throw new TailraceError('TR_POOL_OPTIONS', {
      what: `The option \`timezone\` cannot be ${timezone}.`,
      why: 'It is an offset such as +02:00.',
      cure: 'Use an offset, because servers may not know the names of time zones.',
    });
  }
  const setup = `SET time_zone = '${timezone}'`;
  let scope: StatementScope | null = null;
  const createConnection = ({ typeCast, supportBigNumbers }: ConnectionSettings): StatementConnection => {
    const queryOptions = { typeCast, supportBigNumbers, timezone };
    scope ??= new StatementScope(pool, { ...rest, isKept: true, setup, queryOptions });
    return new SequelizeConnection(scope);
  };
  const afterPoolAcquire = (connection: unknown, { useMaster }: { useMaster?: boolean }): void => {
    (connection as StatementConnection).sourceOnly = useMaster === true;
  };
  return {
    dialect: 'mysql',
    dialectModule: { createConnection },
    timezone,
    keepDefaultTimezone: true,
    hooks: { afterPoolAcquire } as NonNullable<Options['hooks']>,
  };
}

/** What Sequelize takes for a connection of mysql2, and keeps. */
class SequelizeConnection extends StatementConnection {
  /** Looked at before it is used again. */
  readonly stream = { destroyed: false };

  constructor(scope: StatementScope) {
    super(scope);
    // It has no connection of a server to wait for.
    queueMicrotask(() => this.emit('connect'));
  }
}

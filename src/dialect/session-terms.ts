import type { SessionContext } from '../binlog/session-context.js';
import { isMysqlAtLeast } from '../mysql/server-version.js';
import { charsetDefaultOf, isMariadbOnly } from './mariadb-collations.js';
import { type Dialect, isMariadbAtLeast } from './source-traits.js';

/** MariaDB's OPTION_EXPLICIT_DEF_TIMESTAMP in flags2 (sql/sql_priv.h there). */
const explicitDefaultsFlag = 0x1000000;
/** MariaDB's bits of sql_mode (sql/sql_mode.h there). */
const badTableOptions = 1n << 4n;
export const mariadbModes = {
  oracle: 1n << 9n,
  emptyStringIsNull: 1n << 32n,
  simultaneousAssignment: 1n << 33n,
  timeRoundFractional: 1n << 34n,
} as const;
/** Both had it; TIMESTAMP was DATETIME under it. */
export const maxdbMode = 1n << 12n;
/** MySQL's TIME_TRUNCATE_FRACTIONAL, a bit that means something else on MariaDB. */
const truncateFractions = 1n << 32n;
const mysqlBits = (1n << 32n) - 1n;

/**
 * The settings of a session of the source in MySQL's terms:
 *
 * - Whether a bare TIMESTAMP column gets defaults, from where the source says it.
 * - MariaDB cuts off fractions of seconds that have no room, where MySQL rounds; the bits of its sql_mode from 32 on mean other things.
 * - Collations that only MariaDB has give way to the usual one of their character set. What would depend on them was refused.
 */
export function sessionInMysqlTerms(context: SessionContext, dialect: Dialect): SessionContext {
  const { writer } = dialect;
  const explicitDefaultsForTimestamp = explicitDefaults(context, dialect);
  if (writer.flavour !== 'mariadb') return { ...context, explicitDefaultsForTimestamp };
  const { sqlMode, charset, collationDatabase } = context;
  return {
    ...context,
    explicitDefaultsForTimestamp,
    sqlMode: sqlMode === null ? null : mysqlModes(sqlMode),
    charset:
      charset === null
        ? null
        : {
            client: known(charset.client),
            connection: known(charset.connection),
            server: known(charset.server),
          },
    collationDatabase: collationDatabase === null ? null : known(collationDatabase),
  };
}

function explicitDefaults(context: SessionContext, { writer, explicitDefaults }: Dialect): boolean | null {
  // With statements that name a TIMESTAMP column; without one it makes no difference.
  if (isMysqlAtLeast(writer, 8)) return context.explicitDefaultsForTimestamp;
  if (isMariadbAtLeast(writer, 10, 10)) return ((context.flags2 ?? 0) & explicitDefaultsFlag) !== 0;
  return explicitDefaults;
}

/** MariaDB's sql_mode in MySQL's bits. Only what makes no difference there is left out: the rest was refused. */
export function mysqlModes(sqlMode: bigint): bigint {
  const rounds = (sqlMode & mariadbModes.timeRoundFractional) !== 0n;
  return (sqlMode & mysqlBits & ~badTableOptions) | (rounds ? 0n : truncateFractions);
}

function known(collation: number): number {
  return isMariadbOnly(collation) ? charsetDefaultOf(collation) : collation;
}

import { type SessionContext, sessionFlags } from '../binlog/session-context.js';
import { quoteString } from '../mysql/identifier.js';

/** Modes that servers since 8.0 refuse: dialects of other databases and NO_AUTO_CREATE_USER (bits of sql_mode in sql_const.h). */
const removedModes = (0x3ffn << 8n) | (1n << 28n);
/** utf8mb4_general_ci: the default collation of utf8mb4 on servers that do not say it with the statement. */
const utf8mb4GeneralCi = 45;

/**
 * What the events do not say of the source's session, and what would refuse a statement that the source took; and a replica
 * that is set to give every table a key would give it a column that the rows of the source do not have.
 */
const asTheSourceTookIt =
  ', @@session.innodb_strict_mode=0 /*!80030 , @@session.sql_generate_invisible_primary_key=0 */' +
  ' /*!80400 , @@session.restrict_fk_on_non_standard_key=0 */';

/**
 * The settings that make a session of the replica read a statement as the source's session did. One SET for all, so that a
 * setting the replica refuses refuses all. Within a transaction one cannot be set: `explicitDefaultsStatement` comes before it.
 */
export function sessionStatement(
  context: SessionContext,
  timestamp: number,
  { isInTransaction = false } = {},
): string {
  const set: string[] = [`timestamp=${timestamp}.${String(context.microseconds ?? 0).padStart(6, '0')}`];
  const flag = (bit: number): 0 | 1 => (((context.flags2 ?? 0) & bit) !== 0 ? 1 : 0);
  if (context.flags2 !== null) {
    set.push(`foreign_key_checks=${1 - flag(sessionFlags.noForeignKeyChecks)}`);
    set.push(`unique_checks=${1 - flag(sessionFlags.relaxedUniqueChecks)}`);
    set.push(`sql_auto_is_null=${flag(sessionFlags.autoIsNull)}`);
  }
  if (context.sqlMode !== null) set.push(`sql_mode=${context.sqlMode & ~removedModes}`);
  // Said only when one of them is not 1.
  set.push(`auto_increment_increment=${context.autoIncrement?.increment ?? 1}`);
  set.push(`auto_increment_offset=${context.autoIncrement?.offset ?? 1}`);
  if (context.timeZone !== null) set.push(`time_zone=${quoteString(context.timeZone)}`);
  set.push(`lc_time_names=${context.lcTimeNames ?? 0}`);
  if (!isInTransaction) set.push(explicitDefaults(context));
  set.push(`default_collation_for_utf8mb4=${context.defaultCollationForUtf8mb4 ?? utf8mb4GeneralCi}`);
  if (context.requirePrimaryKey !== null)
    set.push(`sql_require_primary_key=${context.requirePrimaryKey ? 1 : 0}`);
  if (context.defaultTableEncryption !== null) {
    set.push(`default_table_encryption=${context.defaultTableEncryption ? 1 : 0}`);
  }
  // Last: the statement's own text is read under these.
  if (context.charset !== null) {
    const { client, connection, server } = context.charset;
    set.push(
      `character_set_client=${client}`,
      `collation_connection=${connection}`,
      `collation_server=${server}`,
    );
  }
  set.push(`collation_database=${context.collationDatabase ?? 'DEFAULT'}`);
  return `SET ${set.map((setting) => `@@session.${setting}`).join(', ')}${asTheSourceTookIt}`;
}

/** The names of the settings that `sessionStatement` gives a value. */
export function settingNames(context: SessionContext): ReadonlySet<string> {
  const names = sessionStatement(context, 0).matchAll(/@@session\.(\w+)=/g);
  return new Set([...names].map(([, name = '']) => name));
}

/**
 * Servers since 8.0 say it only with statements that spell out a TIMESTAMP column. With any other ALTER it has to be on, or the
 * table's first such column is given defaults that it has not on the source. Older servers do not say it at all, and have it off.
 */
function explicitDefaults(context: SessionContext): string {
  const isOn = context.explicitDefaultsForTimestamp ?? context.defaultCollationForUtf8mb4 !== null;
  return `explicit_defaults_for_timestamp=${isOn ? 1 : 0}`;
}

/** What has to be set before the transaction that a statement is part of. */
export function explicitDefaultsStatement(context: SessionContext): string {
  return `SET @@session.${explicitDefaults(context)}`;
}

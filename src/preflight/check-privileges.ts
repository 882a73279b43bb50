import { quoteIdentifier } from '../mysql/identifier.js';
import { listNames, type Problem } from './problem.js';
import type { ServerFacts } from '../mysql/server-facts.js';
import { isMysqlAtLeast } from '../mysql/server-version.js';

/** A privilege that the link needs on `*.*`. */
interface Need {
  readonly privilege: string;
  /** Others that are as good; SUPER always is. */
  readonly or?: readonly string[];
  readonly purpose: string;
  readonly severity: Problem['severity'];
}

const need = (
  privilege: string,
  purpose: string,
  severity: Problem['severity'] = 'error',
  or: readonly string[] = [],
): Need => ({ privilege, purpose, severity, or });

/** Without these no statement of the source that defines something could be replayed. */
const definitionPrivileges = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE',
  'DROP',
  'ALTER',
  'INDEX',
  'REFERENCES',
  'CREATE VIEW',
  'CREATE ROUTINE',
  'ALTER ROUTINE',
  'TRIGGER',
  'EVENT',
] as const;

const checkpointSchema = 'tailrace';
const checkpointPrivileges = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE',
  'CREATE VIEW',
  'LOCK TABLES',
] as const;

/** What the account on the source may not do although the link needs it; one problem a privilege. */
export function checkSourcePrivileges(source: ServerFacts): Problem[] {
  return missingGlobal(source, [
    need('REPLICATION SLAVE', 'to read the binary log'),
    // MariaDB has renamed it.
    need('REPLICATION CLIENT', 'to ask where the binary log ends', 'error', ['BINLOG MONITOR']),
    need('SELECT', "to compare the source's tables with those of the replica", 'warning'),
  ]);
}

/**
 * What the account on the replica may not do although the link needs it; one problem a privilege.
 *
 * @param schemas those that statements of the source may touch.
 */
export function checkReplicaPrivileges(
  replica: ServerFacts,
  options: { readonly handoffNative: boolean; readonly schemas: readonly string[] },
): Problem[] {
  return [
    ...missingGlobal(replica, replicaNeeds(replica, options.handoffNative)),
    ...missingOnSchemas(replica, options.schemas),
    ...missingOnCheckpoint(replica),
    ...missingErrorLog(replica),
  ];
}

function replicaNeeds(replica: ServerFacts, handoffNative: boolean): Need[] {
  const { version } = replica;
  const common = [
    need('REPLICATION CLIENT', 'to see whether native replication runs'),
    need('REPLICATION SLAVE', 'to see whether the replica feeds others (SHOW REPLICAS)'),
    need('CREATE USER', 'to replay CREATE USER, ALTER USER and DROP USER', 'warning'),
    need('GRANT OPTION', 'to replay GRANT and REVOKE', 'warning'),
    need('RELOAD', 'to replay FLUSH', 'warning'),
    need('CREATE TABLESPACE', 'to replay CREATE TABLESPACE, ALTER TABLESPACE and DROP TABLESPACE', 'warning'),
    need('EXECUTE', 'to replay statements that call routines, and GRANT ALL ON a schema', 'warning'),
    need('CREATE TEMPORARY TABLES', 'to replay GRANT ALL ON a schema', 'warning'),
    need('LOCK TABLES', 'to replay GRANT ALL ON a schema', 'warning'),
    need('SHOW VIEW', 'to replay GRANT ALL ON a schema', 'warning'),
  ];
  if (!isMysqlAtLeast(version, 8, 0, 18)) {
    return [need('SUPER', 'to apply row events and to set GTID_NEXT and sql_log_bin'), ...common];
  }
  const definer = isMysqlAtLeast(version, 8, 2)
    ? [
        need('SET_ANY_DEFINER', 'to replay views, routines, triggers and events of other users', 'warning'),
        need('ALLOW_NONEXISTENT_DEFINER', 'to replay them when their user does not exist here', 'warning'),
      ]
    : [need('SET_USER_ID', 'to replay views, routines, triggers and events of other users', 'warning')];
  return [
    need('REPLICATION_APPLIER', 'to apply row events (BINLOG) and to set GTID_NEXT'),
    need('SYSTEM_VARIABLES_ADMIN', 'to set sql_log_bin and gtid_purged'),
    ...(handoffNative
      ? [need('REPLICATION_SLAVE_ADMIN', 'to stop and start native replication (--handoff native)')]
      : []),
    ...common,
    ...definer,
    need('ROLE_ADMIN', 'to replay GRANT and REVOKE of roles', 'warning'),
    need(
      'SYSTEM_USER',
      'to replay statements about administrators, and what has one as its definer',
      'warning',
    ),
  ];
}

function missingGlobal(facts: ServerFacts, needs: readonly Need[]): Problem[] {
  return needs
    .filter(({ privilege, or = [] }) => {
      // SUPER stands for the administrative privileges, but not for those on data and accounts.
      const asGood = dataPrivileges.has(privilege) ? or : ['SUPER', ...or];
      return ![privilege, ...asGood].some((name) => facts.privileges.hasGlobal(name));
    })
    .map(({ privilege, purpose, severity }) => missing(facts, privilege, '*.*', purpose, severity));
}

const dataPrivileges = new Set<string>([
  ...definitionPrivileges,
  'REPLICATION SLAVE',
  'REPLICATION CLIENT',
  'CREATE USER',
  'GRANT OPTION',
  'RELOAD',
  'CREATE TABLESPACE',
  'EXECUTE',
  'CREATE TEMPORARY TABLES',
  'LOCK TABLES',
  'SHOW VIEW',
  'SYSTEM_USER',
]);

function missingOnSchemas(replica: ServerFacts, schemas: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  for (const privilege of definitionPrivileges) {
    if (replica.privileges.hasGlobal(privilege)) continue;
    const lacking = schemas.filter((schema) => !replica.privileges.hasOnSchema(schema, privilege));
    if (schemas.length > 0 && lacking.length === 0) continue;
    const purpose =
      lacking.length === 0
        ? 'to replay statements of the source'
        : `to replay statements of the source (missing on ${listNames(lacking)})`;
    const only = lacking.length === 1 ? lacking[0] : undefined;
    const target = only === undefined ? '*.*' : `${quoteIdentifier(only)}.*`;
    problems.push(missing(replica, privilege, target, purpose, 'error'));
  }
  return problems;
}

function missingOnCheckpoint(replica: ServerFacts): Problem[] {
  return checkpointPrivileges
    .filter((privilege) => !replica.privileges.hasOnSchema(checkpointSchema, privilege))
    .map((privilege) =>
      missing(
        replica,
        privilege,
        `${quoteIdentifier(checkpointSchema)}.*`,
        'to keep the checkpoint',
        'error',
      ),
    );
}

function missingErrorLog(replica: ServerFacts): Problem[] {
  if (!isMysqlAtLeast(replica.version, 8, 0, 22)) return [];
  if (replica.privileges.hasOnTable('performance_schema', 'error_log', 'SELECT')) return [];
  return [
    missing(
      replica,
      'SELECT',
      '`performance_schema`.`error_log`',
      'to say why the replica refused a row event',
      'warning',
    ),
  ];
}

function missing(
  facts: ServerFacts,
  privilege: string,
  target: string,
  purpose: string,
  severity: Problem['severity'],
): Problem {
  return {
    severity,
    code: 'TR_PRIVILEGE_MISSING',
    what: `${facts.account} on ${facts.label} lacks ${privilege} on ${target}.`,
    why: `It is needed ${purpose}.`,
    cure: `GRANT ${privilege} ON ${target} TO ${facts.account};`,
  };
}

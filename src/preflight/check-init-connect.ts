import { readGtidFacts } from './gtid-facts.js';
import type { Problem } from './problem.js';
import { openConnection } from '../mysql/server-connection.js';
import type { ServerFacts } from '../mysql/server-facts.js';
import { isMysqlAtLeast } from '../mysql/server-version.js';

/** It only sets variables, and calls nothing that could do more. */
const harmless = /^\s*(?:SET\s[^()]*)?$/i;

/**
 * Whether the replica's `init_connect`, which it runs at each login of an account without CONNECTION_ADMIN, writes: then every
 * session of ours would make a GTID that the source does not have. What cannot be told from its text is tried with one more login.
 */
export async function checkInitConnect(replica: ServerFacts): Promise<Problem[]> {
  const statement = replica.variable('init_connect');
  if (replica.variable('gtid_mode') !== 'ON' || statement.split(';').every((part) => harmless.test(part))) {
    return [];
  }
  if (['CONNECTION_ADMIN', 'SUPER'].some((name) => replica.privileges.hasGlobal(name))) return [];
  const before = await readGtidFacts(replica);
  const tried = await openConnection(replica.connection.address, { sessionLabel: 'check of init_connect' });
  await tried.close();
  const made = (await readGtidFacts(replica)).executed.subtract(before.executed);
  const uuid = replica.variable('server_uuid').toLowerCase();
  if (![...made.intervals()].some(({ sid }) => sid === uuid)) return [];
  const privilege = isMysqlAtLeast(replica.version, 8, 0) ? 'CONNECTION_ADMIN' : 'SUPER';
  return [
    {
      severity: 'error',
      code: 'TR_REPLICA_INIT_CONNECT',
      what: `init_connect of the ${replica.label} writes at each login of ${replica.account}: ${statement}`,
      why: 'It writes under a GTID of the replica that the source does not have. Each session of tailrace adds another one.',
      cure: `SET sql_log_bin = 0; GRANT ${privilege} ON *.* TO ${replica.account}; SET sql_log_bin = 1;`,
    },
  ];
}

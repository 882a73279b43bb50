import { quoteTable } from '../mysql/identifier.js';
import { linkLockedDetails, readLastingLinkLockHolder } from '../mysql/link-lock.js';
import { listNames, type Problem } from './problem.js';
import { ifPermitted, type ServerFacts, setGlobal } from '../mysql/server-facts.js';
import { isMysqlAtLeast } from '../mysql/server-version.js';

/** Whether the replica takes writes, and whether tailrace would be the only one that writes. */
export async function checkReplica(replica: ServerFacts, linkName: string): Promise<Problem[]> {
  return [
    ...checkFlavour(replica),
    ...checkReadOnly(replica),
    ...checkAdoption(replica),
    ...checkFunctionCreators(replica),
    ...(await checkDownstream(replica)),
    ...(await checkEvents(replica)),
    ...(await checkLinkLock(replica, linkName)),
  ];
}

function checkFlavour(replica: ServerFacts): Problem[] {
  if (replica.version.flavour === 'mysql') return [];
  return [
    {
      severity: 'error',
      code: 'TR_REPLICA_MARIADB',
      what: `The ${replica.label} is MariaDB ${replica.version.text}.`,
      why: "Its BINLOG statement does not accept MySQL's events.",
      cure: 'Use a MySQL replica.',
    },
  ];
}

function checkReadOnly(replica: ServerFacts): Problem[] {
  if (replica.variable('super_read_only') === 'ON') {
    return [
      {
        severity: 'error',
        code: 'TR_REPLICA_SUPER_READ_ONLY',
        what: `The ${replica.label} has super_read_only on.`,
        why: 'With it no client can write, whatever its privileges.',
        cure: 'Run SET GLOBAL super_read_only = OFF; read_only can stay on.',
      },
    ];
  }
  const mayWrite = ['CONNECTION_ADMIN', 'SUPER'].some((name) => replica.privileges.hasGlobal(name));
  if (replica.variable('read_only') !== 'ON' || mayWrite) return [];
  const privilege = isMysqlAtLeast(replica.version, 8, 0) ? 'CONNECTION_ADMIN' : 'SUPER';
  return [
    {
      severity: 'error',
      code: 'TR_REPLICA_READ_ONLY',
      what: `The ${replica.label} has read_only on, and ${replica.account} lacks ${privilege}.`,
      why: 'With read_only on, only a user with that privilege can write.',
      cure: `GRANT ${privilege} ON *.* TO ${replica.account};`,
    },
  ];
}

function checkAdoption(replica: ServerFacts): Problem[] {
  if (isMysqlAtLeast(replica.version, 8, 0)) return [];
  return [
    {
      severity: 'warning',
      code: 'TR_REPLICA_GTID_ADOPTION',
      what: `The ${replica.label} is ${replica.version.text}, which cannot adopt GTIDs.`,
      why: 'Before 8.0 gtid_purged can be set only while gtid_executed is empty. Only the checkpoint shows what is applied, and native replication takes over by file and position.',
      cure: 'To adopt GTIDs, upgrade the replica to MySQL 8.0 or later. Otherwise do nothing.',
    },
  ];
}

/** A server that writes a binary log takes triggers and functions from whoever has SUPER, whatever the session logs. */
function checkFunctionCreators(replica: ServerFacts): Problem[] {
  const name = 'log_bin_trust_function_creators';
  const isAsked = replica.variable('log_bin') === 'ON' && replica.variable(name) === 'OFF';
  if (!isAsked || replica.privileges.hasGlobal('SUPER')) return [];
  return [
    {
      severity: 'warning',
      code: 'TR_REPLICA_FUNCTION_CREATORS',
      what: `The ${replica.label} has ${name} off, and ${replica.account} lacks SUPER.`,
      why: 'CREATE TRIGGER and CREATE FUNCTION of the source then stop the link (errors 1418 and 1419).',
      cure: setGlobal(replica, name, 'ON'),
    },
  ];
}

/** What lanes write is not in the replica's own binary log: nobody may live from that. */
async function checkDownstream(replica: ServerFacts): Promise<Problem[]> {
  const problems: Problem[] = [];
  const attached = replica.attachedReplicas ?? [];
  if (attached.length > 0) {
    const names = attached.map(
      ({ serverId, host, port, uuid }) =>
        `server ${String(serverId)}${host === '' ? '' : ` at ${host}:${String(port)}`}${uuid === '' ? '' : ` (${uuid})`}`,
    );
    problems.push({
      severity: 'error',
      code: 'TR_REPLICA_HAS_REPLICAS',
      what: `The ${replica.label} has replicas of its own: ${listNames(names)}.`,
      why: 'tailrace does not write to the binary log of the replica, so they would miss every change.',
      cure: 'Let them replicate from the source (on each: STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_HOST = …; START REPLICA;), or feed each of them with a tailrace link. If a listed replica no longer exists, KILL its Binlog Dump session.',
    });
  }
  if (await isGroupMember(replica)) {
    problems.push({
      severity: 'error',
      code: 'TR_REPLICA_HAS_REPLICAS',
      what: `The ${replica.label} is a member of a replication group.`,
      why: 'tailrace does not write to the binary log of the replica, so the other members would miss every change.',
      cure: 'Run STOP GROUP_REPLICATION; on the replica, or use a server outside the group.',
    });
  }
  return problems;
}

async function isGroupMember(replica: ServerFacts): Promise<boolean> {
  if (!isMysqlAtLeast(replica.version, 5, 7)) return false;
  const rows = await ifPermitted(
    replica.connection.query(
      "SELECT 1 AS member FROM performance_schema.replication_group_members WHERE MEMBER_STATE NOT IN ('', 'OFFLINE') LIMIT 1",
    ),
  );
  return rows !== null && rows.length > 0;
}

async function checkEvents(replica: ServerFacts): Promise<Problem[]> {
  if (replica.variable('event_scheduler') !== 'ON') return [];
  const rows = await replica.connection.query<{ schema_name: string; event_name: string }>(
    `SELECT EVENT_SCHEMA AS schema_name, EVENT_NAME AS event_name FROM information_schema.EVENTS
     WHERE STATUS = 'ENABLED' AND EVENT_SCHEMA NOT IN ('sys', 'mysql') ORDER BY 1, 2 LIMIT 1000`,
  );
  const first = rows[0];
  if (first === undefined) return [];
  const word = isMysqlAtLeast(replica.version, 8, 2) ? 'REPLICA' : 'SLAVE';
  return [
    {
      severity: 'warning',
      code: 'TR_REPLICA_EVENTS_ENABLED',
      what: `Scheduled events run on the ${replica.label}: ${listNames(rows.map((row) => `${row.schema_name}.${row.event_name}`))}.`,
      why: 'The source does not know their changes on the replica, and their changes on the source arrive as well.',
      cure: `ALTER EVENT ${quoteTable(first.schema_name, first.event_name)} DISABLE ON ${word}; for each of them, after SET sql_log_bin = 0.`,
    },
  ];
}

async function checkLinkLock(replica: ServerFacts, linkName: string): Promise<Problem[]> {
  const holder = await readLastingLinkLockHolder(replica.connection, linkName);
  if (holder === null) return [];
  return [
    { severity: 'error', code: 'TR_LINK_LOCKED', ...linkLockedDetails(linkName, replica.label, holder) },
  ];
}

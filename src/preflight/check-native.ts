import type { NativeReplication } from '../mysql/native-replication.js';
import { listNames, type Problem } from './problem.js';
import { ifPermitted, type ServerFacts } from '../mysql/server-facts.js';
import { isMysqlAtLeast } from '../mysql/server-version.js';

/** True when the channel reads from this source; where neither knows a UUID, by port alone it cannot be told. */
export function readsFrom(channel: NativeReplication, source: ServerFacts): boolean {
  const uuid = source.variable('server_uuid');
  if (channel.sourceUuid !== '' && uuid !== '') return channel.sourceUuid === uuid;
  return String(channel.sourcePort) === source.variable('port');
}

/** Whether MySQL's own replication stays out of the way, or, with a hand-over, can take over. */
export async function checkNativeReplication(
  source: ServerFacts | null,
  replica: ServerFacts,
  channels: readonly NativeReplication[],
  handoffNative: boolean,
): Promise<Problem[]> {
  return handoffNative
    ? checkHandoff(source, replica, channels)
    : [...checkStopped(replica, channels), ...(await checkAutostart(replica, channels))];
}

function isRunning(channel: NativeReplication): boolean {
  return channel.io !== 'stopped' || channel.sql !== 'stopped';
}

function checkStopped(replica: ServerFacts, channels: readonly NativeReplication[]): Problem[] {
  const running = channels.filter(isRunning);
  if (running.length === 0) return [];
  const sources = running.map(
    ({ channel, sourceHost, sourcePort }) =>
      `${sourceHost}:${String(sourcePort)}${channel === '' ? '' : ` (channel ${channel})`}`,
  );
  return [
    {
      severity: 'error',
      code: 'TR_NATIVE_RUNNING',
      what: `Native replication is running on the ${replica.label}, from ${listNames(sources)}.`,
      why: 'Both would apply the same transactions.',
      cure: `Use catchup --handoff native, which stops it and starts it again. Or run STOP ${word(replica)};`,
    },
  ];
}

async function checkAutostart(
  replica: ServerFacts,
  channels: readonly NativeReplication[],
): Promise<Problem[]> {
  const variable = isMysqlAtLeast(replica.version, 8, 0, 26) ? 'skip_replica_start' : 'skip_slave_start';
  const startsItself = replica.variable(variable) === 'OFF';
  if (channels.length === 0 || channels.some(isRunning) || !startsItself) return [];
  if (await isPersistedOn(replica, variable)) return [];
  return [
    {
      severity: 'warning',
      code: 'TR_NATIVE_STARTS_ITSELF',
      what: `Native replication is stopped on the ${replica.label}, but starts on its own when that server restarts.`,
      why: `${variable} is OFF. Both would then apply the same transactions.`,
      cure: isMysqlAtLeast(replica.version, 8, 0, 26)
        ? `SET PERSIST_ONLY ${variable} = ON; or, if it is no longer needed: RESET REPLICA ALL;`
        : 'Add skip-slave-start to the configuration of the replica.',
    },
  ];
}

/** The variable can only be set at a start of the server: what is written down for the next one counts. */
async function isPersistedOn(replica: ServerFacts, variable: string): Promise<boolean> {
  if (!isMysqlAtLeast(replica.version, 8, 0, 26)) return false;
  const rows = await ifPermitted(
    replica.connection.query<{ value: string }>(
      'SELECT VARIABLE_VALUE AS value FROM performance_schema.persisted_variables WHERE VARIABLE_NAME=?',
      [variable],
    ),
  );
  return rows?.[0]?.value === 'ON';
}

function checkHandoff(
  source: ServerFacts | null,
  replica: ServerFacts,
  channels: readonly NativeReplication[],
): Problem[] {
  const unsuitable = (what: string, why: string, cure: string): Problem => ({
    severity: 'error',
    code: 'TR_NATIVE_UNSUITABLE',
    what,
    why,
    cure,
  });
  const [channel] = channels;
  if (channel === undefined) {
    return [
      unsuitable(
        `MySQL's own replication is not configured on the ${replica.label}.`,
        '--handoff native starts it again once the replica is level.',
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '…', SOURCE_PORT = …, SOURCE_USER = '…', SOURCE_PASSWORD = '…', SOURCE_AUTO_POSITION = 1; or leave --handoff native out.",
      ),
    ];
  }
  if (channels.length > 1) {
    return [
      unsuitable(
        `The ${replica.label} has ${String(channels.length)} replication channels: ${listNames(channels.map((one) => one.channel || '(default)'))}.`,
        'A hand-over stops and starts all of them, and knows the position of one.',
        `Stop the channel that reads from this source yourself (STOP ${word(replica)} FOR CHANNEL '…'), catch up without --handoff native, and start it again.`,
      ),
    ];
  }
  const problems: Problem[] = [];
  if (source !== null && !readsFrom(channel, source)) {
    problems.push(
      unsuitable(
        `MySQL's own replication of the ${replica.label} reads from ${channel.sourceHost}:${String(channel.sourcePort)}, not from the ${source.label}.`,
        `Its source has server_uuid ${channel.sourceUuid}, this one ${source.variable('server_uuid')}.`,
        'Give the address of the source that the replica replicates from, or point its channel to this one first.',
      ),
    );
  }
  if (mayHaveGaps(replica, channel)) {
    problems.push(
      unsuitable(
        `MySQL's own replication of the ${replica.label} stopped with an error: ${channel.sqlError ?? ''}`,
        'Without GTIDs its position does not tell which of the transactions behind it the parallel workers had already applied.',
        `START ${word(replica)} UNTIL SQL_AFTER_MTS_GAPS; and when it has stopped, try again.`,
      ),
    );
  }
  return problems;
}

function mayHaveGaps(replica: ServerFacts, channel: NativeReplication): boolean {
  const workers = replica.variable('replica_parallel_workers') || replica.variable('slave_parallel_workers');
  return channel.sqlError !== null && !channel.autoPosition && Number(workers) > 1;
}

function word(replica: ServerFacts): string {
  return isMysqlAtLeast(replica.version, 8, 0, 22) ? 'REPLICA' : 'SLAVE';
}

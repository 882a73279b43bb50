import type { Problem } from './problem.js';
import { type ServerFacts, setGlobal } from '../mysql/server-facts.js';
import { compareSeries } from '../mysql/server-version.js';

/** True when both addresses lead to one and the same server. */
export function isSameServer(source: ServerFacts, replica: ServerFacts): boolean {
  const same = (name: string): boolean => source.variable(name) === replica.variable(name);
  return ['server_uuid', 'hostname', 'port', 'datadir'].every(same);
}

/** Whether the two servers, and the stream between them, go together. */
export function checkPair(source: ServerFacts, replica: ServerFacts, streamServerId: number): Problem[] {
  if (isSameServer(source, replica)) {
    return [
      {
        severity: 'error',
        code: 'TR_SERVER_SAME',
        what: `The ${source.label} and the ${replica.label} are the same server.`,
        why: `Both answer as ${source.variable('hostname')}:${source.variable('port')} with data in ${source.variable('datadir')}.`,
        cure: 'Correct the address of the replica.',
      },
    ];
  }
  return [
    ...checkIdentities(source, replica),
    ...checkStreamServerId(source, replica, streamServerId),
    ...checkVersions(source, replica),
    ...checkPacketSize(source, replica),
    ...checkNameCase(source, replica),
  ];
}

function checkIdentities(source: ServerFacts, replica: ServerFacts): Problem[] {
  const problems: Problem[] = [];
  for (const facts of [source, replica]) {
    if (facts.variable('server_id') !== '0') continue;
    problems.push({
      severity: 'error',
      code: 'TR_SERVER_ID_ZERO',
      what: `The ${facts.label} has server_id 0.`,
      why: 'With server_id 0 a server sends no binary log and cannot take part in replication.',
      cure: setGlobal(facts, 'server_id', facts.role === 'source' ? '1' : '2'),
    });
  }
  const id = source.variable('server_id');
  if (id === replica.variable('server_id') && id !== '0') {
    problems.push({
      severity: 'error',
      code: 'TR_SERVER_ID_SAME',
      what: `The ${source.label} and the ${replica.label} both have server_id ${id}.`,
      why: 'Replication uses server_id to tell the changes of servers apart.',
      cure: `${setGlobal(replica, 'server_id', String(Number(id) + 1))} on the replica, or use another number that no server has.`,
    });
  }
  const uuid = source.variable('server_uuid');
  if (uuid !== '' && uuid === replica.variable('server_uuid')) {
    problems.push({
      severity: 'error',
      code: 'TR_SERVER_UUID_SAME',
      what: `The ${source.label} and the ${replica.label} both have server_uuid ${uuid}.`,
      why: 'The data folder was copied with its auto.cnf. New transactions of both servers would have the same GTIDs.',
      cure: `Stop the replica, delete ${replica.variable('datadir')}auto.cnf, and start it again.`,
    });
  }
  return problems;
}

/** The source ends the older of two streams that register with one server_id. */
function checkStreamServerId(source: ServerFacts, replica: ServerFacts, streamServerId: number): Problem[] {
  const taken = (owner: string): Problem => ({
    severity: 'error',
    code: 'TR_SERVER_ID_TAKEN',
    what: `The link would read the binary log as server_id ${String(streamServerId)}, which is that of ${owner}.`,
    why: 'The source ends the older of two streams with the same server_id, or skips events that it considers its own.',
    cure: 'Give the link a server_id that nobody else uses.',
  });
  const owner = [source, replica].find((facts) => facts.variable('server_id') === String(streamServerId));
  if (owner !== undefined) return [taken(`the ${owner.label}`)];
  const reader = source.attachedReplicas?.find(({ serverId }) => serverId === streamServerId);
  if (reader === undefined) return [];
  const name = reader.host === '' ? reader.uuid : `${reader.host}:${String(reader.port)}`;
  return [taken(`a reader that the source already has${name === '' ? '' : ` (${name})`}`)];
}

function checkVersions(source: ServerFacts, replica: ServerFacts): Problem[] {
  const comparable = source.version.flavour === replica.version.flavour;
  if (!comparable || compareSeries(source.version, replica.version) <= 0) return [];
  return [
    {
      severity: 'warning',
      code: 'TR_SOURCE_VERSION_NEWER',
      what: `The ${source.label} (${source.version.text}) is newer than the ${replica.label} (${replica.version.text}).`,
      why: 'The replica may not know statements, types or collations that the source uses.',
      cure: 'Upgrade the replica first. MySQL also supports replication to newer servers only.',
    },
  ];
}

function checkPacketSize(source: ServerFacts, replica: ServerFacts): Problem[] {
  const sourceBytes = Number(source.variable('max_allowed_packet'));
  const replicaBytes = Number(replica.variable('max_allowed_packet'));
  if (sourceBytes <= replicaBytes) return [];
  return [
    {
      severity: 'warning',
      code: 'TR_PACKET_SIZE',
      what: `The ${replica.label} accepts packets of ${String(replicaBytes)} bytes, the ${source.label} of ${String(sourceBytes)}.`,
      why: 'A row change is sent as text of 4/3 of its size, so a large row of the source may not fit.',
      cure: setGlobal(replica, 'max_allowed_packet', String(sourceBytes)),
    },
  ];
}

function checkNameCase(source: ServerFacts, replica: ServerFacts): Problem[] {
  const [sourceValue, replicaValue] = [source, replica].map((facts) =>
    facts.variable('lower_case_table_names'),
  );
  if (sourceValue === replicaValue) return [];
  return [
    {
      // Only a source that tells `Orders` from `orders` can have tables that meet on the replica.
      severity: sourceValue === '0' ? 'error' : 'warning',
      code: 'TR_NAME_CASE',
      what: `lower_case_table_names is ${sourceValue ?? ''} on the ${source.label} and ${replicaValue ?? ''} on the ${replica.label}.`,
      why:
        sourceValue === '0'
          ? 'Two tables of the source whose names differ only in case would be one table on the replica.'
          : 'The source writes names in lower case; the replica finds no table that it has in upper case.',
      cure: `Reinitialise the replica with lower_case_table_names=${sourceValue ?? ''}; it cannot be changed later.`,
    },
  ];
}

import type { Logger } from 'pino';
import { completeUpToMicros } from '../lag/heartbeat-row.js';
import type { LinkSettings } from '../link/link-settings.js';
import { localMicros } from '../lag/local-micros.js';
import { readBinlogEnd } from '../mysql/binlog-end.js';
import type { HeartbeatSettings } from './endpoint-settings.js';
import type { Heartbeat } from './heartbeat-table.js';
import { HeartbeatWriter } from './heartbeat-writer.js';
import type { ServerProbe } from './server-probe.js';
import type { WatchedReplica } from './watched-replica.js';

export interface HeartbeatWritersParts {
  /** All have one source. */
  readonly links: readonly [LinkSettings, ...LinkSettings[]];
  readonly settings: HeartbeatSettings;
  readonly source: ServerProbe;
  readonly replicas: readonly WatchedReplica[];
  readonly log: Logger;
}

/** The writers of the heartbeat table: one on the source, or one on every replica. */
export function heartbeatWriters(parts: HeartbeatWritersParts): HeartbeatWriter[] {
  const { links, settings, log } = parts;
  if (settings.writeOn === 'source') {
    const read: HeartbeatReader = async (connection) => ({
      atMicros: null,
      serverId: null,
      position: await readBinlogEnd(connection),
    });
    return [new HeartbeatWriter({ address: links[0].source, settings, read, log })];
  }
  const serverId = sourceId(parts.source);
  return links.flatMap(({ name, replica: address }) => {
    const replica = parts.replicas.find(({ id }) => id === name);
    if (replica === undefined) return [];
    const read: HeartbeatReader = () => Promise.resolve(heartbeatOf(replica, serverId()));
    return [new HeartbeatWriter({ address, settings, read, log: log.child({ replica: name }) })];
  });
}

type HeartbeatReader = ConstructorParameters<typeof HeartbeatWriter>[0]['read'];

/** What the replica's row says: the time up to which it has everything, and where that is in the source's log. */
function heartbeatOf(replica: WatchedReplica, serverId: number | null): Heartbeat | null {
  const nowMicros = localMicros();
  const atMicros = completeUpToMicros(replica.lag.meter.read(nowMicros), nowMicros);
  if (atMicros === null || serverId === null) return null;
  return { atMicros, serverId, position: replica.progress?.().position ?? null };
}

/** The source's server_id, also while it does not answer. */
function sourceId(source: ServerProbe): () => number | null {
  let known: number | null = null;
  return () => (known = source.reading.serverId ?? known);
}

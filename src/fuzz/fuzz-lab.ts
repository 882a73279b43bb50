import type { LabServer } from '../lab/lab-server.js';
import { startLabTopology } from '../lab/lab-topology.js';
import type { ServerSettings } from '../lab/server-settings.js';
import type { FuzzServers } from './fuzz-case.js';

/** Killed are processes, never the machine: nothing has to wait for the disk. */
const fast: ServerSettings = {
  'sync-binlog': 0,
  'innodb-flush-log-at-trx-commit': 2,
  'max-binlog-size': '256K',
};

/** Where a binary log begins or goes on. */
export interface LogPlace {
  readonly file: string;
  readonly offset: number;
}

/** A source and a replica that rounds share until they are rebuilt. */
export interface FuzzLab {
  readonly servers: FuzzServers;
  readonly source: LabServer;
  readonly replica: LabServer;
  /** Where the source's log was before the first round. */
  readonly start: LogPlace;
  readonly stop: () => Promise<void>;
}

export const serverSettings = (servers: FuzzServers): ServerSettings => ({
  ...fast,
  'loose-innodb-native-foreign-keys': servers.nativeForeignKeys ? 'ON' : 'OFF',
});

export async function startFuzzLab(servers: FuzzServers): Promise<FuzzLab> {
  const settings = serverSettings(servers);
  const { source, replicas, stop } = await startLabTopology({
    gtid: servers.gtid,
    sourceSettings: settings,
    replicaSettings: settings,
  });
  const [replica] = replicas;
  if (replica === undefined) throw new Error('a topology has a replica');
  try {
    const session = await source.connect();
    const [row] = await session.query<{ File: string; Position: string }>('SHOW BINARY LOG STATUS');
    await session.close();
    return {
      servers,
      source,
      replica,
      stop,
      start: { file: row?.File ?? '', offset: Number(row?.Position) },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

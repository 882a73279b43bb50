import type { LabServer } from '../../src/lab/lab-server.js';
import { startLabTopology } from '../../src/lab/lab-topology.js';
import type { ServerSettings } from '../../src/lab/server-settings.js';
import { TcpProxy } from '../lab/tcp-proxy.js';
import type { BinlogPosition } from '../../src/binlog/binlog-position.js';
import { readBinlogEnd } from '../../src/mysql/binlog-end.js';
import type { FuzzServers } from './fuzz-case.js';
import { persistOddDefaults } from './odd-defaults.js';

/** Killed are processes, never the machine: nothing has to wait for the disk. */
const fast: ServerSettings = {
  'sync-binlog': 0,
  'innodb-flush-log-at-trx-commit': 2,
  'max-binlog-size': '256K',
};

/** A source and a replica that rounds share until they are rebuilt. */
export interface FuzzLab {
  readonly servers: FuzzServers;
  readonly source: LabServer;
  readonly replica: LabServer;
  /** Where the source's log was before the first round. */
  readonly start: BinlogPosition;
  /** Stands between tailrace and the replica. */
  readonly proxy: TcpProxy;
  readonly stop: () => Promise<void>;
}

export const serverSettings = (servers: FuzzServers): ServerSettings => ({
  ...fast,
  'loose-innodb-native-foreign-keys': servers.nativeForeignKeys ? 'ON' : 'OFF',
});

export async function startFuzzLab(servers: FuzzServers): Promise<FuzzLab> {
  const settings = serverSettings(servers);
  const topology = await startLabTopology({
    gtid: servers.gtid,
    sourceSettings: settings,
    replicaSettings: settings,
  });
  const { source } = topology;
  const [replica] = topology.replicas;
  if (replica === undefined) throw new Error('a topology has a replica');
  const proxy = await TcpProxy.start(replica.address.port);
  const stop = async (): Promise<void> => {
    await proxy.stop();
    await topology.stop();
  };
  try {
    if (servers.oddDefaults) await persistOddDefaults(source, replica);
    const session = await source.connect();
    const start = await readBinlogEnd(session);
    await session.close();
    if (start === null) throw new Error('a source writes a binary log');
    return {
      servers,
      source,
      replica,
      proxy,
      stop,
      start,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

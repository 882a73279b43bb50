import { afterAll } from '@jest/globals';
import type { LabServer } from '../../src/lab/lab-server.js';
import { type LabTopologyOptions, startLabTopology } from '../../src/lab/lab-topology.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';

/** A source and its replicas with a session on each; the sessions end when their server is killed. */
export interface TestLab {
  readonly source: LabServer;
  readonly replicas: readonly LabServer[];
  /** The first replica. */
  readonly replica: LabServer;
  readonly onSource: ServerConnection;
  readonly onReplica: ServerConnection;
}

/**
 * Servers that the tests of one file share. They are started by the first call of the function it returns, and stopped
 * after the last test. Call it outside of tests.
 */
export function useLab(options: LabTopologyOptions = {}): () => Promise<TestLab> {
  let started: Promise<TestLab> | null = null;
  const ends: (() => Promise<void>)[] = [];
  const start = async (): Promise<TestLab> => {
    const log = (line: string) => void process.stderr.write(`${line}\n`);
    const { source, replicas, stop } = await startLabTopology({ log, ...options });
    ends.push(stop);
    const [replica] = replicas;
    if (replica === undefined) throw new Error('a test lab has at least one replica');
    const [onSource, onReplica] = await Promise.all([source.connect(), replica.connect()]);
    ends.unshift(
      () => onSource.close(),
      () => onReplica.close(),
    );
    return { source, replicas, replica, onSource, onReplica };
  };
  afterAll(async () => {
    // A start that failed was reported by the test that needed it.
    await started?.catch(() => undefined);
    for (const end of ends) await end();
  });
  return () => (started ??= start());
}

/** For tests that write much and crash nothing: commits that do not wait for the disk. */
export const notDurable = { 'sync-binlog': 0, 'innodb-flush-log-at-trx-commit': 0 } as const;

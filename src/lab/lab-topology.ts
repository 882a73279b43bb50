import type { LabServer } from './lab-server.js';
import type { ServerFlavour } from './server-flavour.js';
import type { ServerSettings } from './server-settings.js';
import { startLabServer } from './start-lab-server.js';

/** A source and the replicas that are to be fed from it; nothing replicates until it is told to. */
export interface LabTopology {
  readonly source: LabServer;
  readonly replicas: readonly LabServer[];
  /** Ends all of them and removes their files. */
  readonly stop: () => Promise<void>;
}

export interface LabTopologyOptions {
  /** How many replicas; 1 by default. */
  readonly replicas?: number;
  /** `mysql` by default; replicas are always `mysql`. */
  readonly sourceFlavour?: ServerFlavour;
  readonly sourceSettings?: ServerSettings;
  readonly replicaSettings?: ServerSettings;
  /** False starts every MySQL server with GTIDs off. */
  readonly gtid?: boolean;
  readonly log?: (line: string) => void;
}

/** For a MySQL server that runs without GTIDs: the lab's own default is to have them. */
export const withoutGtids: ServerSettings = { 'gtid-mode': 'OFF', 'enforce-gtid-consistency': 'OFF' };

/** Starts a source (server id 1) and replicas (2, 3, …). If one does not start, the others are ended again. */
export async function startLabTopology(options: LabTopologyOptions = {}): Promise<LabTopology> {
  const sourceFlavour = options.sourceFlavour ?? 'mysql';
  const gtidSettings = options.gtid === false ? withoutGtids : {};
  const log = options.log === undefined ? {} : { log: options.log };
  const replicaCount = options.replicas ?? 1;
  // Side by side: most of a start is waiting for the disk.
  const outcomes = await Promise.allSettled([
    startLabServer({
      ...log,
      flavour: sourceFlavour,
      role: 'source',
      serverId: 1,
      settings: { ...(sourceFlavour === 'mysql' ? gtidSettings : {}), ...options.sourceSettings },
    }),
    ...Array.from({ length: replicaCount }, (_, index) =>
      startLabServer({
        ...log,
        role: replicaCount === 1 ? 'replica' : `replica ${index + 1}`,
        serverId: index + 2,
        settings: { ...gtidSettings, ...options.replicaSettings },
      }),
    ),
  ]);
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  const [source, ...replicas] = started;
  if (failed === undefined && source !== undefined) return { source, replicas, stop };
  await stop();
  throw failed?.reason;
}

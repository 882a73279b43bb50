import type { LaneOptions } from '../apply/lane/lane.js';
import type { ReplicaFacts } from '../target/replica-facts.js';
import type { SourceFacts } from '../source/server/source-facts.js';
import type { LinkSettings } from './link-settings.js';

/** With several lanes a lock is most likely held by another lane, which will not let go before the epoch ends. */
const lockWaitSecondsMany = 2;
const lockWaitSecondsOne = 50;

/** What the lanes of a link need to know, the first one's number among it. */
export function linkLaneOptions(
  settings: LinkSettings,
  replica: ReplicaFacts,
  source: SourceFacts,
): LaneOptions {
  return {
    replica: settings.replica,
    lane: 0,
    serverVersion: replica.version,
    sourceVersion: source.version,
    packetBytesMax: replica.packetBytesMax,
    lockWaitSeconds: settings.lanes > 1 ? lockWaitSecondsMany : lockWaitSecondsOne,
  };
}

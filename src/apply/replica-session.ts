import type { Logger } from 'pino';
import type { CheckpointEntry } from '../checkpoint/checkpoint-entry.js';
import type { CheckpointStore } from '../checkpoint/checkpoint-store.js';
import type { GtidSet } from '../gtid/gtid-set.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import type { SchemaCatalogue } from '../mysql/schema-catalogue.js';
import type { EpochPosition } from './epoch-position.js';
import type { GtidAdoption } from './gtid-adoption.js';
import type { LaneClock } from './lane-clock.js';
import type { Lane } from './lane.js';
import { ShareEncoder } from './share-encoder.js';

export interface ReplicaSessionParts {
  readonly control: ServerConnection;
  readonly lanes: readonly Lane[];
  readonly checkpoint: CheckpointStore;
  readonly catalogue: SchemaCatalogue;
  /** null: the replica cannot adopt GTIDs, and the checkpoint alone is the truth. */
  readonly adoption: GtidAdoption | null;
  /** The source has GTIDs and the replica takes `GTID_NEXT`: a transaction of its own goes under its own GTID. */
  readonly ownGtids: boolean;
  /** Of the last epoch committed before. */
  readonly epoch: number;
  /** What was applied before; kept up only where the replica cannot tell. */
  readonly applied: GtidSet;
  readonly chunkBytes: number;
  /** Bytes of events that may stay in one statement although they are more, where it matters. */
  readonly togetherBytes: number;
  /** Told where the time of the lanes goes; null: nobody asks. */
  readonly clock: LaneClock | null;
  readonly log: Logger;
}

/** Everything that applying to one replica shares: its connections, its checkpoint, and how far it has come. */
export class ReplicaSession {
  readonly control: ServerConnection;
  readonly lanes: readonly Lane[];
  readonly checkpoint: CheckpointStore;
  readonly catalogue: SchemaCatalogue;
  readonly adoption: GtidAdoption | null;
  readonly ownGtids: boolean;
  readonly log: Logger;
  readonly clock: LaneClock | null;
  /** One encoder a lane: each holds a buffer of its own. */
  readonly encoders: readonly ShareEncoder[];
  readonly #applied: GtidSet;
  #epoch: number;

  constructor(parts: ReplicaSessionParts) {
    this.control = parts.control;
    this.lanes = parts.lanes;
    this.checkpoint = parts.checkpoint;
    this.catalogue = parts.catalogue;
    this.adoption = parts.adoption;
    this.ownGtids = parts.ownGtids;
    this.log = parts.log;
    this.clock = parts.clock;
    this.encoders = parts.lanes.map(() => new ShareEncoder(parts.chunkBytes, parts.togetherBytes));
    this.#applied = parts.applied;
    this.#epoch = parts.epoch;
  }

  get firstLane(): Lane {
    return this.lanes[0] as Lane;
  }

  get firstEncoder(): ShareEncoder {
    return this.encoders[0] as ShareEncoder;
  }

  /** The checkpoint of the epoch after the last one committed. */
  entry(position: EpochPosition, lanes: number, strictTables: readonly string[]): CheckpointEntry {
    return {
      epoch: this.#epoch + 1,
      lanes,
      start: position.start,
      end: position.end,
      gtids: position.gtids.toString(),
      gtidsBefore: (this.adoption?.pending ?? this.#applied).toString(),
      strictTables,
    };
  }

  /** Every lane of the next epoch has committed. `adopt`: its GTIDs were not committed under their own names. */
  committed(position: EpochPosition, adopt: boolean): void {
    this.#epoch++;
    if (this.adoption === null) this.#applied.addSet(position.gtids);
    else if (adopt && !position.gtids.isEmpty()) this.adoption.adopt(position.gtids);
  }

  /** Something that was committed apart from its checkpoint is the next epoch. `adopt` as above. */
  async record(position: EpochPosition, adopt: boolean): Promise<void> {
    await this.checkpoint.write(this.entry(position, 1, []));
    this.committed(position, adopt);
  }
}

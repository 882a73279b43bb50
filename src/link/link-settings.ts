import type { ServerAddress } from '../mysql/server-address.js';
import type { PartitionStrategy } from '../plan/partition-strategy.js';

/** What to do with a row change that does not fit the replica's data. */
export type ConflictPolicy = 'stop' | 'overwrite' | 'skip';

/** What to do with a change of data that the source logged as a statement. */
export type StatementPolicy = 'apply' | 'stop';

/** A place in the source's binary log: file name and byte offset of the next event to read. */
export interface BinlogPosition {
  readonly file: string;
  readonly offset: number;
}

/** Everything that decides how one source feeds one replica. Validated by src/config; units are in the names. */
export interface LinkSettings {
  /** Names the link in the checkpoint, locks and logs; at most 64 characters. */
  readonly name: string;
  readonly source: ServerAddress;
  readonly replica: ServerAddress;
  /** Replica connections that apply side by side, 1 to 64. */
  readonly lanes: number;
  readonly partition: PartitionStrategy;
  /** Bytes of events held in memory between the stream and the commit of their epoch. */
  readonly budgetBytes: number;
  readonly epochRowsMax: number;
  readonly epochBytesMax: number;
  readonly onConflict: ConflictPolicy;
  readonly statements: StatementPolicy;
  /** Lists of `schema.table` that must change together although no foreign key says so. */
  readonly linkedTables: readonly (readonly string[])[];
  /** server_id under which the stream registers with the source; unique among all that read from it. */
  readonly serverId: number;
  /** Where to start when neither GTIDs nor a checkpoint nor native replication tell. */
  readonly from: BinlogPosition | null;
}

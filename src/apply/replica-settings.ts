import type { BinlogPosition } from '../binlog/binlog-position.js';
import type { ServerAddress } from '../mysql/server-address.js';
import type { PartitionStrategy } from '../plan/partition.js';
import type { StatementPolicy } from './barrier/statement-policy.js';
import type { ConflictPolicy } from './batch/conflict-policy.js';

/** Everything that decides how transactions are applied to one replica. */
export interface ReplicaSettings {
  /** Names the link in the checkpoint, locks and logs; at most 64 characters. */
  readonly name: string;
  readonly replica: ServerAddress;
  /** Replica connections that apply side by side, 1 to 64. */
  readonly lanes: number;
  readonly partition: PartitionStrategy;
  readonly epochRowsMax: number;
  readonly epochBytesMax: number;
  readonly onConflict: ConflictPolicy;
  readonly statements: StatementPolicy;
  /** Lists of `schema.table` that must change together although no foreign key says so. */
  readonly linkedTables: readonly (readonly string[])[];
  /** Where to start when neither GTIDs nor a checkpoint nor native replication tell. */
  readonly from: BinlogPosition | null;
}

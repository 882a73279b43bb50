import type { ReplicaSettings } from '../apply/replica-settings.js';
import type { ServerAddress } from '../mysql/server-address.js';

/** Everything that decides how one source feeds one replica. Validated by src/config; units are in the names. */
export interface LinkSettings extends ReplicaSettings {
  readonly source: ServerAddress;
  /** Bytes of events held in memory between the stream and the commit of their epoch. */
  readonly budgetBytes: number;
  /** server_id under which the stream registers with the source; unique among all that read from it. */
  readonly serverId: number;
}

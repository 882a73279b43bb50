import type { LabServer } from '../../src/lab/lab-server.js';

/** A session that relies on defaults loses rows under these, or is refused. */
const ofEveryServer = [
  'sql_select_limit = 2',
  'max_join_size = 10',
  'max_execution_time = 1',
  "init_connect = 'SET NAMES latin1'",
  'autocommit = 0',
  "completion_type = 'CHAIN'",
  'group_concat_max_len = 16',
];
/** What would also change what the writers of the source mean. */
const ofReplica = [
  "sql_mode = 'ANSI,NO_AUTO_VALUE_ON_ZERO,PAD_CHAR_TO_FULL_LENGTH'",
  "time_zone = '-07:30'",
  "transaction_isolation = 'SERIALIZABLE'",
  'sql_generate_invisible_primary_key = ON',
  "character_set_server = 'utf16'",
  'explicit_defaults_for_timestamp = OFF',
];

/** Gives both servers defaults that no session of tailrace may rely on; they outlast restarts. */
export async function persistOddDefaults(source: LabServer, replica: LabServer): Promise<void> {
  await persist(source, ofEveryServer);
  await persist(replica, [...ofEveryServer, ...ofReplica]);
}

async function persist(server: LabServer, settings: readonly string[]): Promise<void> {
  const session = await server.connect();
  try {
    for (const setting of settings) await session.execute(`SET PERSIST ${setting}`);
  } finally {
    await session.close();
  }
}

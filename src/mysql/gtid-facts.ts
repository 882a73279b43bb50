import { GtidSet } from '../gtid/gtid-set.js';
import type { ServerFacts } from './server-facts.js';

/** What a server has, and what it no longer sends. */
export interface GtidFacts {
  /** OFF, OFF_PERMISSIVE, ON_PERMISSIVE or ON; OFF for servers without GTIDs. */
  readonly mode: string;
  readonly executed: GtidSet;
  readonly purged: GtidSet;
}

/** Reads anew each time: SHOW VARIABLES cuts long sets. */
export async function readGtidFacts(facts: ServerFacts): Promise<GtidFacts> {
  const mode = facts.variable('gtid_mode');
  if (mode === '' || facts.version.flavour !== 'mysql') {
    return { mode: 'OFF', executed: new GtidSet(), purged: new GtidSet() };
  }
  const rows = await facts.connection.query<{ executed: string; purged: string }>(
    'SELECT @@GLOBAL.gtid_executed AS executed, @@GLOBAL.gtid_purged AS purged',
  );
  return {
    mode,
    executed: GtidSet.parse(rows[0]?.executed ?? ''),
    purged: GtidSet.parse(rows[0]?.purged ?? ''),
  };
}

import { GtidSet } from '../gtid/gtid-set.js';
import { readGtidSets } from '../mysql/gtid-executed.js';
import type { ServerFacts } from '../mysql/server-facts.js';

/** What a server has, and what it no longer sends. */
export interface GtidFacts {
  /** OFF, OFF_PERMISSIVE, ON_PERMISSIVE or ON; OFF for servers without GTIDs. */
  readonly mode: string;
  readonly executed: GtidSet;
  readonly purged: GtidSet;
}

/** Reads again each time. */
export async function readGtidFacts(facts: ServerFacts): Promise<GtidFacts> {
  const mode = facts.variable('gtid_mode');
  if (mode === '' || facts.version.flavour !== 'mysql') {
    return { mode: 'OFF', executed: new GtidSet(), purged: new GtidSet() };
  }
  return { mode, ...(await readGtidSets(facts.connection)) };
}

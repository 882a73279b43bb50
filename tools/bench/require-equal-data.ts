import { TailraceError } from '../../src/errors/tailrace-error.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import { compareServers } from '../../src/verify/compare-servers.js';
import { gtidExecuted, withConnection } from './bench-servers.js';
import { GtidSet } from '../../src/gtid/gtid-set.js';

const differencesShown = 5;

/**
 * Compares every row of a replica with its source, and its GTIDs with what it was to reach. Errors: TR_BENCH_DATA_DIFFERS.
 */
export async function requireEqualData(
  source: LabServer,
  replica: LabServer,
  target: string,
  what: string,
): Promise<void> {
  await withConnection(replica, async (onReplica) => {
    const reached = GtidSet.parse(await gtidExecuted(onReplica));
    if (!reached.equals(GtidSet.parse(target))) {
      throw differs(what, `gtid_executed is ${reached.toString()}, and should be ${target}`);
    }
    await withConnection(source, async (onSource) => {
      const differences = await compareServers(onSource, onReplica);
      if (differences.length === 0) return;
      const shown = differences.slice(0, differencesShown).map((difference) => JSON.stringify(difference));
      throw differs(what, [`${differences.length} differences:`, ...shown].join('\n  '));
    });
  });
}

function differs(what: string, why: string): TailraceError {
  return new TailraceError('TR_BENCH_DATA_DIFFERS', {
    what: `${what}: the replica differs from its source.`,
    why,
  });
}

import type { PoolConnection } from 'mysql2';
import { GtidSet } from '../gtid/gtid-set.js';
import { ask } from './server-link.js';

/** A timeout of 0 would be none (Reference Manual, "Functions Used with Global Transaction Identifiers"). */
const waitSecondsMin = 0.001;

/**
 * Whether the server of this very connection has executed these, waiting `waitMs` at most. Asked where the read will run, so that neither
 * hints nor a server that was replaced can be wrong about it. Rejects when the server cannot tell.
 */
export async function hasExecuted(raw: PoolConnection, gtids: GtidSet, waitMs: number): Promise<boolean> {
  // The text of a set holds digits, letters, underscores, `-`, `:` and `,` only.
  const text = gtids.toString();
  if (waitMs < 1) {
    const { rows } = await ask(raw, `SELECT GTID_SUBSET('${text}', @@GLOBAL.gtid_executed) AS has`);
    return Number(rows[0]?.has) === 1;
  }
  const seconds = Math.max(waitSecondsMin, waitMs / 1_000).toFixed(3);
  const { rows } = await ask(raw, `SELECT WAIT_FOR_EXECUTED_GTID_SET('${text}', ${seconds}) AS late`);
  return Number(rows[0]?.late ?? 1) === 0;
}

/** All that the source has executed; null: it has no GTIDs. */
export async function askExecuted(raw: PoolConnection): Promise<GtidSet | null> {
  const { rows } = await ask(raw, 'SELECT @@GLOBAL.gtid_mode AS mode, @@GLOBAL.gtid_executed AS gtids');
  const [row] = rows;
  if (!/^ON/.test(String(row?.mode)) || typeof row?.gtids !== 'string') return null;
  return GtidSet.parse(row.gtids);
}

/** The threads on this server that are not there any more, of those named: what they have done is done. */
export async function goneThreads(
  raw: PoolConnection,
  threadIds: readonly number[],
): Promise<ReadonlySet<number>> {
  // Shows those of one's own account, whatever its privileges.
  const { rows } = await ask(raw, 'SHOW PROCESSLIST');
  const running = new Set(rows.map(({ Id }) => Number(Id)));
  return new Set(threadIds.filter((id) => !running.has(id)));
}

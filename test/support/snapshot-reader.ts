import type { LabServer } from '../../src/lab/lab-server.js';
import { GtidSet } from '../../src/gtid/gtid-set.js';
import { sqlValue } from './sql.js';

/** Tables with a primary key, beside the one without. */
const keyedTables = 7;

const pairs = `
  SELECT 'k' AS name, COUNT(*) AS found FROM snap.k
  UNION ALL ${Array.from({ length: keyedTables }, (_, i) => `SELECT 't', COUNT(*) FROM snap.t${i}`).join(' UNION ALL ')}`;

/** What a snapshot holds: rows of the table without a key, rows of all the others, and transactions that the GTIDs name. */
export interface SnapshotCounts {
  readonly keyless: number;
  readonly keyed: number;
  /** -1: the replica has no GTIDs. */
  readonly named: number;
}

/** Tables and `count` transactions of one row in the table without a key, and one row in one of the others. */
export function snapshotTables(): string[] {
  return [
    'CREATE DATABASE snap',
    'CREATE TABLE snap.k (v INT)',
    ...Array.from({ length: keyedTables }, (_, i) => `CREATE TABLE snap.t${i} (id INT PRIMARY KEY)`),
  ];
}

export function snapshotTransactions(from: number, count: number): string {
  return Array.from({ length: count }, (_, i) => {
    const id = from + i;
    return `BEGIN;INSERT INTO snap.k VALUES (${id});INSERT INTO snap.t${id % keyedTables} VALUES (${id});COMMIT`;
  }).join(';');
}

/**
 * Takes snapshots under FLUSH TABLES WITH READ LOCK, as backup tools do, until `isOver`; gives those that hold another number of
 * rows than of transactions, and how many there were. `namedBefore`: transactions before the first of these.
 */
export async function readSnapshots(
  replica: LabServer,
  { gtid, namedBefore, isOver }: { gtid: boolean; namedBefore: number; isOver: () => boolean },
): Promise<{ readonly taken: number; readonly wrong: SnapshotCounts[] }> {
  const wrong: SnapshotCounts[] = [];
  const reader = await replica.connect();
  let taken = 0;
  try {
    while (!isOver()) {
      await reader.execute('FLUSH TABLES WITH READ LOCK');
      const executed = gtid ? String(await sqlValue(reader, 'SELECT @@GLOBAL.gtid_executed')) : null;
      await reader.execute('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await reader.execute('START TRANSACTION WITH CONSISTENT SNAPSHOT');
      await reader.execute('UNLOCK TABLES');
      const rows = await reader.query<{ name: string; found: string | number }>(pairs);
      await reader.execute('COMMIT');
      const sum = (name: string): number =>
        rows.filter((row) => row.name === name).reduce((total, { found }) => total + Number(found), 0);
      const counts = {
        keyless: sum('k'),
        keyed: sum('t'),
        named: executed === null ? -1 : countGtids(executed) - namedBefore,
      };
      taken++;
      if (counts.keyed !== counts.keyless || (gtid && counts.named !== counts.keyless)) wrong.push(counts);
    }
  } finally {
    await reader.close();
  }
  return { taken, wrong };
}

export function countGtids(executed: string): number {
  let count = 0;
  for (const { first, last } of GtidSet.parse(executed.replaceAll('\n', '')).intervals())
    count += last - first + 1;
  return count;
}

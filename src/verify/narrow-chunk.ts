import { rowHashesStatement } from './chunk-statements.js';
import type { CompareContext } from './compare-context.js';
import { digestBoth } from './digest-chunk.js';
import { keyOfRow, type KeyRange, type KeyValues } from './range-key.js';
import type { ServerPair } from './server-pair.js';
import type { Content, Doubt } from './settle.js';
import type { SideTable, TablePair } from './table-pair.js';
import { readBoundary } from './table-work.js';

/** Rows that are listed one by one at a time; a larger range is cut into pieces of so many first. */
const pieceRows = 1_000;
/** The replica may have more rows than the source in a piece. */
const pieceRowsOnReplica = 2 * pieceRows;
/** Ends the search should the two servers order keys so differently that it would go in circles. */
const piecesMax = 100_000;

/** A row in doubt: its key as the one server has it that it was found on. */
export interface RowDoubt extends Doubt {
  readonly key: KeyValues;
}

export interface Narrowed {
  readonly doubts: readonly RowDoubt[];
  readonly sourceRows: number;
  readonly replicaRows: number;
  /** What was not searched, because `doubtsMax` was reached; null: nothing. */
  readonly rest: KeyRange | null;
}

/** The rows of a range that are not the same on both servers just now. */
export async function narrowChunk(
  context: CompareContext,
  pair: ServerPair,
  table: TablePair,
  range: KeyRange,
  doubtsMax: number,
): Promise<Narrowed> {
  const doubts: RowDoubt[] = [];
  let [sourceRows, replicaRows] = [0, 0];
  let after = range.after;
  for (let pieces = 0; pieces < piecesMax && !context.signal.aborted; pieces += 1) {
    const piece = await nextPiece(pair, table, { after, upTo: range.upTo });
    const { source, replica } = await digestBoth(context, pair, table, piece, 0);
    sourceRows += source.rows;
    replicaRows += replica.rows;
    if (source.digest !== replica.digest) doubts.push(...(await compareListed(pair, table, piece)));
    if (piece.upTo === range.upTo) return { doubts, sourceRows, replicaRows, rest: null };
    after = piece.upTo;
    if (doubts.length >= doubtsMax) break;
  }
  return { doubts, sourceRows, replicaRows, rest: { after, upTo: range.upTo } };
}

/** Its `upTo` is the very same as that of the range when it reaches to its end. */
async function nextPiece(pair: ServerPair, table: TablePair, range: KeyRange): Promise<KeyRange> {
  const onSource = await readBoundary(pair.source, table.source, range, pieceRows);
  const piece = { after: range.after, upTo: onSource ?? range.upTo };
  const onReplica = await readBoundary(pair.replica, table.replica, piece, pieceRowsOnReplica);
  return { after: range.after, upTo: onReplica ?? piece.upTo };
}

async function compareListed(pair: ServerPair, table: TablePair, piece: KeyRange): Promise<RowDoubt[]> {
  const list = (which: 'source' | 'replica') => listRows(pair[which], table[which], piece);
  const [source, replica] = await Promise.all([list('source'), list('replica')]);
  const doubts: RowDoubt[] = [];
  for (const [id, { key, hash }] of source) {
    if (replica.get(id)?.hash !== hash) doubts.push({ key, source: hash, confirmed: 0 });
    replica.delete(id);
  }
  for (const { key } of replica.values()) doubts.push({ key, source: null, confirmed: 0 });
  return doubts;
}

interface ListedRow {
  readonly key: KeyValues;
  readonly hash: Content;
}

async function listRows(
  connection: ServerPair['source'],
  side: SideTable,
  piece: KeyRange,
): Promise<Map<string, ListedRow>> {
  const rows = await connection.query<Record<string, unknown>>(
    // Rows may have come since the piece was cut; those beyond are found at the next piece or the next run.
    rowHashesStatement(side, piece, 2 * pieceRowsOnReplica),
  );
  return new Map(
    rows.map((row) => {
      const key = keyOfRow(row, side.key?.columns ?? []);
      return [JSON.stringify(key), { key, hash: String(row['hash']) }];
    }),
  );
}

import type { ServerConnection } from '../mysql/server-connection.js';
import {
  type ChunkDigest,
  chunkDigestStatement,
  type DigestForm,
  type DigestRow,
  readDigest,
} from './chunk-statements.js';
import type { CompareContext } from './compare-context.js';
import type { KeyRange } from './range-key.js';
import type { ServerPair } from './server-pair.js';
import type { SideTable, TablePair } from './table-pair.js';

/** A chunk's digest on each server, and what the slower one took. */
export interface DigestPair {
  readonly source: ChunkDigest;
  readonly replica: ChunkDigest;
  readonly elapsedMs: number;
}

interface TimedDigest {
  readonly digest: ChunkDigest;
  readonly elapsedMs: number;
}

/**
 * Both digests of a range, made side by side inside the servers.
 *
 * @throws ServerError with ER_QUERY_TIMEOUT after `timeoutMs`, from servers that know the limit.
 */
export async function digestBoth(
  context: CompareContext,
  pair: ServerPair,
  table: TablePair,
  range: KeyRange,
  timeoutMs: number,
): Promise<DigestPair> {
  const digest = (which: 'source' | 'replica'): Promise<TimedDigest> =>
    digestOne(context, pair[which], table[which], range, { form: context.forms[which], timeoutMs });
  // Both are awaited also when one fails: no statement is left running behind.
  const outcomes = await Promise.allSettled([digest('source'), digest('replica')]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason as Error;
  const [source, replica] = outcomes.map(
    (outcome) => (outcome as PromiseFulfilledResult<TimedDigest>).value,
  ) as [TimedDigest, TimedDigest];
  return {
    source: source.digest,
    replica: replica.digest,
    elapsedMs: Math.max(source.elapsedMs, replica.elapsedMs),
  };
}

async function digestOne(
  context: CompareContext,
  connection: ServerConnection,
  side: SideTable,
  range: KeyRange,
  { form, timeoutMs }: { readonly form: DigestForm; readonly timeoutMs: number },
): Promise<TimedDigest> {
  const startMs = performance.now();
  const [row] = await connection.query<DigestRow>(chunkDigestStatement(side, range, form, timeoutMs));
  const elapsedMs = performance.now() - startMs;
  const digest = readDigest(row);
  context.meter.addRead(digest.rows, elapsedMs);
  return { digest, elapsedMs };
}

/** A chunk on one server. */
export async function digestSide(
  context: CompareContext,
  pair: ServerPair,
  table: TablePair,
  range: KeyRange,
  which: 'source' | 'replica',
): Promise<ChunkDigest> {
  const { form, timeoutMs } = { form: context.forms[which], timeoutMs: 0 };
  return (await digestOne(context, pair[which], table[which], range, { form, timeoutMs })).digest;
}

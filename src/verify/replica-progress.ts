import { CheckpointStore } from '../checkpoint/checkpoint-store.js';
import type { GtidSet } from '../gtid/gtid-set.js';
import { comparePositions, fileNumber, type BinlogPosition } from '../binlog/binlog-position.js';
import { readBinlogEnd } from '../mysql/binlog-end.js';
import { readGtidExecuted } from '../mysql/gtid-executed.js';
import { readNativeChannels } from '../mysql/native-replication.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';
import { ifPermitted } from '../mysql/server-facts.js';
import { skipIdleEvents } from './skip-idle-events.js';
import type { ServerPair } from './server-pair.js';

/** A point in the source's history. */
export type SourcePosition =
  | { readonly kind: 'gtid'; readonly set: GtidSet }
  | { readonly kind: 'file'; readonly position: BinlogPosition };

/** What tells how far the replica is; `none`: nothing does, and nobody is taken to be writing. */
export type ProgressKind = 'gtid' | 'position' | 'none';

/** ER_BAD_DB_ERROR, ER_NO_SUCH_TABLE: tailrace has never written there. */
const missingErrnos = new Set([1049, 1146]);

/** How often it is looked whether somebody feeds the replica by now. */
const detectEveryMs = 2_000;

/** More than a binary log file ever has bytes, so that a file counts for more than any offset. */
const offsetsOfAFile = 2 ** 42;

/**
 * Tells whether the replica has applied what the source had at some moment, whoever feeds it: by GTIDs, by tailrace's checkpoint, or
 * by MySQL's own replication.
 */
export class ReplicaProgress {
  /** For reading positions beside the sessions that compare. */
  readonly #pair: ServerPair;
  readonly #sourceUuid: string;
  readonly #wait: boolean;
  #kind: ProgressKind = 'none';
  #applied: SourcePosition | null = null;
  #detectedMs = -Infinity;
  #refreshing: Promise<void> | null = null;

  private constructor(pair: ServerPair, sourceUuid: string, wait: boolean) {
    this.#pair = pair;
    this.#sourceUuid = sourceUuid;
    this.#wait = wait;
  }

  /** @param options.wait false: nobody writes, and no position is ever waited for. */
  static async start(
    pair: ServerPair,
    options: { readonly sourceUuid: string; readonly wait: boolean },
  ): Promise<ReplicaProgress> {
    const progress = new ReplicaProgress(pair, options.sourceUuid, options.wait);
    await progress.#detect();
    return progress;
  }

  get kind(): ProgressKind {
    return this.#kind;
  }

  /** Where the source is now; null when nothing could tell whether the replica has come there. */
  async sourcePosition(): Promise<SourcePosition | null> {
    // A replica that has just been connected for the first time is noticed.
    const overdue = performance.now() - this.#detectedMs >= detectEveryMs;
    if (this.#kind === 'none' && overdue) await this.#detect();
    if (this.#kind === 'none') return null;
    if (this.#kind === 'gtid') return { kind: 'gtid', set: await readGtidExecuted(this.#pair.source) };
    const position = await readBinlogEnd(this.#pair.source);
    return position === null ? null : { kind: 'file', position };
  }

  /** Whether the replica had applied all before `position` when `refresh` last looked. */
  hasPassed(position: SourcePosition | null): boolean {
    if (position === null) return true;
    const applied = this.#applied;
    if (applied === null) return false;
    if (position.kind === 'gtid') return applied.kind === 'gtid' && applied.set.contains(position.set);
    return applied.kind === 'file' && comparePositions(applied.position, position.position) >= 0;
  }

  /** How much of what came before `position` the replica lacked: transactions, or a number that shrinks with the distance. */
  missing(position: SourcePosition): number {
    const applied = this.#applied;
    if (applied === null) return Infinity;
    if (position.kind === 'gtid')
      return applied.kind === 'gtid' ? position.set.subtract(applied.set).count() : Infinity;
    if (applied.kind !== 'file') return Infinity;
    const files = fileNumber(position.position.file) - fileNumber(applied.position.file);
    return files * offsetsOfAFile + position.position.offset - applied.position.offset;
  }

  /** Looks again how far the replica is; calls at one time share one look. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#look().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** How far the replica is, for a person. */
  get appliedText(): string {
    if (this.#applied === null) return 'unknown';
    if (this.#applied.kind === 'gtid') return this.#applied.set.toString();
    return `${this.#applied.position.file}:${this.#applied.position.offset}`;
  }

  async #look(): Promise<void> {
    const applied = await this.#readApplied();
    if (applied !== null) this.#applied = applied;
  }

  async #readApplied(): Promise<SourcePosition | null> {
    if (this.#kind === 'none') return null;
    if (this.#kind === 'gtid') return { kind: 'gtid', set: await readGtidExecuted(this.#pair.replica) };
    const position = await this.#appliedPosition();
    if (position === null) return null;
    return { kind: 'file', position: await skipIdleEvents(this.#pair.source, position) };
  }

  async #detect(): Promise<void> {
    if (!this.#wait) return;
    this.#detectedMs = performance.now();
    const { source, replica } = this.#pair;
    const applied = await this.#appliedPosition();
    if ((await hasGtids(source)) && (await hasGtids(replica))) {
      const common = (await readGtidExecuted(source)).intersect(await readGtidExecuted(replica));
      if (applied !== null || !common.isEmpty()) this.#kind = 'gtid';
    } else if (applied !== null) this.#kind = 'position';
  }

  /** The further of what the checkpoint and native replication say: one of them may have stopped long ago. */
  async #appliedPosition(): Promise<BinlogPosition | null> {
    const [checkpoint, native] = [await this.#checkpointPosition(), await this.#nativePosition()];
    if (checkpoint === null || native === null) return checkpoint ?? native;
    return comparePositions(checkpoint, native) > 0 ? checkpoint : native;
  }

  /** Up to where a link from this source has applied everything; the furthest of several. */
  async #checkpointPosition(): Promise<BinlogPosition | null> {
    let furthest: BinlogPosition | null = null;
    for (const name of await this.#links()) {
      const checkpoint = await new CheckpointStore(this.#pair.replica, name).read();
      if (checkpoint === null || checkpoint.state.kind === 'none') continue;
      const { kind, entry } = checkpoint.state;
      const position = kind === 'complete' ? entry.end : entry.start;
      if (furthest === null || comparePositions(position, furthest) > 0) furthest = position;
    }
    return furthest;
  }

  async #links(): Promise<string[]> {
    try {
      const rows = await ifPermitted(
        this.#pair.replica.query<{ name: string }>(
          'SELECT name FROM `tailrace`.`link` WHERE source_uuid = ?',
          [this.#sourceUuid],
        ),
      );
      return (rows ?? []).map(({ name }) => name);
    } catch (error) {
      if (error instanceof ServerError && missingErrnos.has(error.errno)) return [];
      throw error;
    }
  }

  async #nativePosition(): Promise<BinlogPosition | null> {
    const channels = (await ifPermitted(readNativeChannels(this.#pair.replica))) ?? [];
    return channels.find(({ sourceUuid }) => sourceUuid === this.#sourceUuid)?.executedPosition ?? null;
  }
}

async function hasGtids(connection: ServerConnection): Promise<boolean> {
  const rows = await connection.query<{ Value: string }>("SHOW GLOBAL VARIABLES LIKE 'gtid_mode'");
  return rows[0]?.Value === 'ON';
}

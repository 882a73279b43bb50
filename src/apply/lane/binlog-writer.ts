import type { RowSettings } from '../../binlog/row-settings.js';
import type { CheckpointEntry } from '../../checkpoint/checkpoint-entry.js';
import type { CheckpointStore } from '../../checkpoint/checkpoint-store.js';
import type { TailraceError } from '../../errors/tailrace-error.js';
import type { ServerConnection } from '../../mysql/server-connection.js';
import type { LaneShare } from '../../plan/partition.js';
import type { TableTraits } from '../../schema/table-traits.js';
import { overwritingEvents } from '../batch/overwrite-row.js';
import type { SingleRow } from '../batch/single-rows.js';
import { type ApplyFailure, explainFailure } from '../failure/apply-failure.js';
import type { Lane } from './lane.js';
import type { Mark, RowsToWrite, RowWriter } from './row-writer.js';
import { type EventChunk, ShareEncoder } from './share-encoder.js';

export interface BinlogWriterOptions {
  readonly lane: Lane;
  readonly checkpoint: CheckpointStore;
  /** Another session of the replica, by which a failure is explained. */
  readonly control: ServerConnection;
  /** Bytes of events in one statement. */
  readonly chunkBytes: number;
  /** Bytes of events that may stay in one statement although they are more, where it matters. */
  readonly togetherBytes: number;
}

/** Writes rows as the events that they came in, by BINLOG statements; decision 0001. */
export class BinlogWriter implements RowWriter {
  readonly #options: BinlogWriterOptions;
  readonly #encoder: ShareEncoder;
  /** The open transaction has a GTID, which the session must forget behind its commit. */
  #hasGtid = false;

  constructor(options: BinlogWriterOptions) {
    this.#options = options;
    this.#encoder = new ShareEncoder(options.chunkBytes, options.togetherBytes);
  }

  /** The session that it writes in, for statements among the rows. */
  get lane(): Lane {
    return this.#options.lane;
  }

  /** Another writer of the same kind, in the session of `lane`. */
  in(lane: Lane): BinlogWriter {
    return new BinlogWriter({ ...this.#options, lane });
  }

  once({ entry, gtid }: Mark, rows: RowsToWrite): Promise<void> {
    return this.lane.transaction(gtid, this.#statement(entry), this.#chunks(rows));
  }

  async begin({ entry, gtid }: Mark, rows: RowsToWrite, tableWaitSeconds?: number): Promise<void> {
    this.#hasGtid = gtid !== null;
    await this.lane.execute(gtid, this.#statement(entry), this.#chunks(rows), tableWaitSeconds);
  }

  append(rows: RowsToWrite): Promise<void> {
    return this.lane.append(this.#chunks(rows));
  }

  repeat(share: LaneShare): Promise<void> {
    return this.#idempotently(this.#encoder.repeatable(share));
  }

  async overwrite(row: SingleRow, traits: TableTraits): Promise<boolean> {
    const events = overwritingEvents(row, traits);
    if (events === null) return false;
    await this.#idempotently([events]);
    return true;
  }

  async commit(entry: CheckpointEntry | null = null): Promise<void> {
    const { lane } = this;
    const statement = this.#statement(entry);
    if (statement !== null) await lane.statement(statement);
    await lane.commit();
    if (this.#hasGtid) await lane.forgetGtid();
    this.#hasGtid = false;
  }

  async rollback(): Promise<void> {
    this.#hasGtid = false;
    await this.lane.rollback();
  }

  under(settings: RowSettings | null): Promise<void> {
    return this.lane.under(settings);
  }

  explain(error: unknown): Promise<ApplyFailure | TailraceError> {
    return explainFailure(error, this.#options.control, this.lane.threadId);
  }

  async #idempotently(chunks: Iterable<EventChunk>): Promise<void> {
    await this.lane.setIdempotent(true);
    await this.lane.append(chunks);
    await this.lane.setIdempotent(false);
  }

  #statement(entry: CheckpointEntry | null): string | null {
    return entry === null ? null : this.#options.checkpoint.laneStatement(this.lane.number, entry);
  }

  #chunks(rows: RowsToWrite): Generator<EventChunk, void, undefined> {
    if ('events' in rows) return this.#encoder.events(rows.events);
    return this.#encoder.share(rows.part === 'all' ? rows.share : { ...rows.share, nets: [] });
  }
}

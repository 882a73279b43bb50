import { EventWriter } from '../../binlog/event-writer.js';
import { RowsFlag, type RowsEvent, type RowsKind } from '../../binlog/rows-event.js';
import type { NetChanges } from '../../plan/net-changes.js';
import type { LaneShare } from '../../plan/partition.js';
import type { RowState } from '../../plan/row-state.js';

/**
 * Reduced rows are in no order that foreign keys could be checked in, and their actions are in the log as rows of their own
 * (a group whose actions are not logged is never reduced).
 */
const netFlags = RowsFlag.NoForeignKeyChecks;

/** Events for one statement, in pieces. */
export type EventChunk = readonly Buffer[];

/**
 * Encodes events into chunks of at most `chunkBytes`, each one `BINLOG` statement's worth; a row, or an event as it came, that
 * is larger is a chunk of its own. Whoever reads the chunks may stop in the middle: the next call starts afresh.
 */
export class ShareEncoder {
  readonly #writer: EventWriter;
  readonly #chunkBytes: number;
  readonly #togetherBytes: number;

  /** `togetherBytes`: what belongs into one event is not cut as long as it is no larger. */
  constructor(chunkBytes: number, togetherBytes = chunkBytes) {
    this.#chunkBytes = chunkBytes;
    this.#togetherBytes = togetherBytes;
    this.#writer = new EventWriter(chunkBytes + 64 * 1024);
  }

  /** Chunks of a share, each valid until the next is asked for; see `EventWriter.written`. */
  *share(share: LaneShare): Generator<EventChunk, void, undefined> {
    this.#writer.reset();
    yield* this.#events(share.strict);
    for (const changes of share.keyless) yield* this.#changes(changes);
    for (const net of share.nets) yield* this.#changes(net);
    yield* this.#rest();
  }

  /** Chunks of keyed net changes alone, without rows that only burn a number where that could meet another row. */
  *repeatable(share: LaneShare): Generator<EventChunk, void, undefined> {
    this.#writer.reset();
    for (const net of share.nets) {
      yield* this.#changes(net.traits.uniqueKeys.length > 0 ? { ...net, burnt: null } : net);
    }
    yield* this.#rest();
  }

  /** Chunks of events as they came. */
  *events(events: Iterable<RowsEvent>): Generator<EventChunk, void, undefined> {
    this.#writer.reset();
    yield* this.#events(events);
    yield* this.#rest();
  }

  *#events(events: Iterable<RowsEvent>): Generator<EventChunk, void, undefined> {
    for (const rows of events) {
      if (!this.#fits(rows.table.event.length + rows.end - rows.start)) yield* this.#rest();
      this.#writer.copyRows(rows);
    }
  }

  *#changes(changes: NetChanges): Generator<EventChunk, void, undefined> {
    yield* this.#side(changes, 'delete', changes.deletes);
    if (changes.burnt !== null) {
      const { bytes, start, end } = changes.burnt;
      for (const kind of ['write', 'delete'] as const) {
        if (!this.#fits(changes.table.event.length + end - start)) yield* this.#rest();
        this.#writer.openRows(changes.table, kind, netFlags);
        this.#writer.image(bytes, start, end);
        this.#writer.closeRows();
      }
    }
    yield* this.#side(changes, 'update', changes.updates);
    yield* this.#side(changes, 'write', changes.inserts);
  }

  *#side(
    changes: NetChanges,
    kind: RowsKind,
    states: readonly RowState[],
  ): Generator<EventChunk, void, undefined> {
    const writer = this.#writer;
    let open = false;
    const room = this.#roomFor(changes);
    if (room > this.#chunkBytes && !this.#fits(changes.bytes + changes.table.event.length))
      yield* this.#rest();
    for (const state of states) {
      const bytes =
        (kind === 'write' ? 0 : state.beforeEnd - state.beforeStart) +
        (kind === 'delete' ? 0 : state.afterEnd - state.afterStart);
      if (!this.#fits(bytes + (open ? 0 : changes.table.event.length), room)) {
        if (open) writer.closeRows();
        open = false;
        yield* this.#rest();
      }
      if (!open) {
        writer.openRows(changes.table, kind, netFlags);
        open = true;
      }
      if (kind !== 'write' && state.before !== null) {
        writer.image(state.before, state.beforeStart, state.beforeEnd);
      }
      if (kind !== 'delete' && state.after !== null) {
        writer.image(state.after, state.afterStart, state.afterEnd);
      }
    }
    if (open) writer.closeRows();
  }

  /** Whether so many bytes more go into the chunk that is being written. */
  #fits(bytes: number, room = this.#chunkBytes): boolean {
    return this.#writer.length + bytes <= room;
  }

  #roomFor({ together = false, bytes }: NetChanges): number {
    return together && bytes <= this.#togetherBytes ? Infinity : this.#chunkBytes;
  }

  *#rest(): Generator<EventChunk, void, undefined> {
    if (this.#writer.length === 0) return;
    yield this.#writer.written;
    this.#writer.clear();
  }
}

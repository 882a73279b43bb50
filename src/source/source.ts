import type { BinlogPosition } from '../binlog/binlog-position.js';
import type { SourceTraits } from '../dialect/source-traits.js';
import type { TailraceError } from '../errors/tailrace-error.js';
import type { GtidSet } from '../gtid/gtid-set.js';
import type { LinkLag } from '../lag/link-lag.js';
import type { EventSlab } from '../transaction/event-slab.js';

/**
 * Where transactions come from: the one end of a link. `source/server` reads a server's binary log; another kind of source is a folder
 * of its own that implements this interface. Nothing behind it names a connection.
 *
 * @example
 * const source = await ServerSource.connect(options);
 * const facts = await source.facts();
 * const stream = await source.open({ kind: 'gtid', set: replicaHas }, { event: feed, end: stop });
 */
export interface Source {
  /** What it is and where the replica stands in relation to it; read again each time. */
  facts(): Promise<SourceFacts>;
  /** The end of what it has now: what `--until now` means without GTIDs. */
  end(): Promise<BinlogPosition>;
  /** Reads events from `start` on. Rejects with a coded error; what fails later goes to `sink.end`. */
  open(start: StreamStart, sink: EventSink): Promise<EventStream>;
  /** How much of its log is still to be read; null: it cannot tell. */
  readonly log: SourceLog | null;
  /** Tells `lag` what the source says of its own time; null: commit times mean nothing here. `byGtid`: the link goes by GTIDs. */
  clock(lag: LinkLag, byGtid: boolean): SourceClock | null;
  close(): Promise<void>;
  /** Ends at once; what waits for an answer fails. */
  destroy(): void;
}

/** What a link must know of its source. */
export interface SourceFacts {
  readonly version: string;
  readonly uuid: string;
  readonly gtidMode: boolean;
  readonly executed: GtidSet;
  readonly purged: GtidSet;
  readonly traits: SourceTraits;
}

/** Where reading begins: after a GTID set, or at a place in a file. */
export type StreamStart =
  | { readonly kind: 'gtid'; readonly set: string }
  | { readonly kind: 'position'; readonly file: string; readonly offset: number };

/** Who gets the events of a stream. */
export interface EventSink {
  /**
   * One whole event with its checksum: `bytes` from `start` to `end`, which lie in `slab`, or in memory that nobody takes away (null).
   * May throw: the stream then ends with that error.
   */
  event(bytes: Buffer, start: number, end: number, slab: EventSlab | null): void;
  /** The stream has ended by itself; called once. */
  end(error: TailraceError): void;
}

/** Why a stream is held: the byte budget is full, or a compressed transaction is being unpacked. */
export type HoldReason = 'budget' | 'unpacking';

/** A stream of events that can be held. A stream is read as long as no reason holds it. */
export interface EventStream {
  /** Stops reading; what has been read already may still arrive. */
  hold(reason: HoldReason): void;
  /** Takes one reason away. */
  letGo(reason: HoldReason): void;
  /** Whether more is there to be read at once. */
  readonly isBehind: boolean;
  /** Ends the stream; `sink.end` is not called. */
  stop(): Promise<void>;
}

/** How far the source's log reaches. */
export interface SourceLog {
  refresh(): Promise<void>;
  /** Bytes from `position` to the end as of the last refresh, or to `until`. */
  behind(position: BinlogPosition, until: BinlogPosition | null): number;
}

/** What the source says of its time, beside the stream. */
export interface SourceClock {
  /** Asks it now. `applied`: what the replica has. */
  look(applied: GtidSet, bytesBehind: number | null): Promise<void>;
  /** The source has nothing more to send; the stream has been read up to `position`. */
  heard(position: BinlogPosition): void;
}

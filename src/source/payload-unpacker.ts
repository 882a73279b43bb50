import { eventHeaderBytes, eventLengthAt, eventTypeAt } from '../binlog/event-header.js';
import { EventType, eventTypeName } from '../binlog/event-type.js';
import { isRowsEventType } from '../binlog/rows-event.js';
import { readTransactionPayload } from '../binlog/transaction-payload.js';
import { unpackZstd } from '../binlog/unpack-zstd.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { EventSlab } from '../transaction/event-slab.js';
import type { SlabFiller } from './slab-filler.js';

/** No server writes a larger event (`max_allowed_packet`). */
const eventBytesMax = 2 ** 30;
/** What is not compressed is taken in pieces, too. */
const pieceBytes = 128 * 1024;
/** What can stand in a compressed transaction besides rows. */
const packedTypes = new Set<number>([
  EventType.TableMap,
  EventType.Query,
  EventType.RowsQuery,
  EventType.Xid,
  EventType.XaPrepare,
]);

/** Takes an event that was packed: `bytes` from `start` to `end`, in `slab`, without a checksum. */
export type TakeEvent = (bytes: Buffer, start: number, end: number, slab: EventSlab) => void;

function* inPieces(bytes: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/**
 * Unpacks the events of one compressed transaction, a piece at a time. No size that the event claims is believed: memory grows
 * with what has really been unpacked, and all of it must agree in the end.
 */
export class PayloadUnpacker {
  readonly #pieces: Generator<Uint8Array>;
  readonly #unpackedBytes: number;
  readonly #take: TakeEvent;
  readonly #filler: SlabFiller;
  #done = 0;

  /** `event` is a Transaction_payload event without its checksum, whose memory stays until the last step; `filler` holds nothing unread. */
  constructor(event: Buffer, filler: SlabFiller, take: TakeEvent) {
    const { compression, unpackedBytes, packed } = readTransactionPayload(event);
    this.#pieces = compression === 'zstd' ? unpackZstd(packed) : inPieces(packed);
    this.#unpackedBytes = unpackedBytes;
    this.#filler = filler;
    this.#take = take;
  }

  /** Unpacks some more, at most 128 KiB; false once all events were taken. Throws TR_STREAM_CORRUPT and what `take` throws. */
  step(): boolean {
    const next = this.#pieces.next();
    if (next.done === true) {
      this.#finish();
      return false;
    }
    const piece = next.value;
    this.#done += piece.length;
    if (this.#done > this.#unpackedBytes) throw this.#corrupt('more than it claims came out');
    this.#filler.append(piece);
    this.#takeEvents();
    return true;
  }

  #finish(): void {
    if (this.#done !== this.#unpackedBytes) throw this.#corrupt(`${this.#done} bytes came out`);
    if (this.#filler.unread !== 0) throw this.#corrupt('its last event is cut short');
  }

  #takeEvents(): void {
    const filler = this.#filler;
    while (filler.unread >= eventHeaderBytes) {
      const { slab, at } = filler;
      const length = slab.bytes.readUInt32LE(at + eventLengthAt);
      if (length < eventHeaderBytes || length > eventBytesMax) {
        throw this.#corrupt(`an event in it claims ${length} bytes`);
      }
      if (length > filler.unread) return;
      const type = slab.bytes[at + eventTypeAt] as number;
      if (!isRowsEventType(type) && !packedTypes.has(type)) {
        throw this.#corrupt(`an event of type ${eventTypeName(type)} is in it`);
      }
      filler.read(length);
      this.#take(slab.bytes, at, at + length, slab);
    }
  }

  #corrupt(why: string): TailraceError {
    return new TailraceError('TR_STREAM_CORRUPT', {
      what: `a compressed transaction that claims ${this.#unpackedBytes} unpacked bytes contradicts itself`,
      why,
    });
  }
}

import { TailraceError } from '../../errors/tailrace-error.js';
import type { EventSlab } from '../../transaction/event-slab.js';
import { SlabFiller } from '../slab-filler.js';

/** Length (3 bytes, little endian) and sequence number. */
const packetHeaderBytes = 4;
/** A packet of this length is continued by the next one. */
const packetBytesMax = 0xffffff;
/** An event has at most 1 GiB (`max_allowed_packet` of a source's dump thread), and its packets a byte more. */
const eventBytesMax = 2 ** 30 + packetBytesMax;
const okMarker = 0x00;
const errorMarker = 0xff;

/** What a source answers instead of an event when it ends a dump. */
export interface DumpEnd {
  readonly errno?: number;
  readonly message: string;
}

export interface DumpSink {
  /** One whole event with its checksum: `bytes` from `start` to `end`, in `slab`; null: in memory of its own. May throw. */
  event(bytes: Buffer, start: number, end: number, slab: EventSlab | null): void;
  /** The source ended the dump; nothing comes after. */
  end(reason: DumpEnd): void;
}

/**
 * Finds the events in what comes from the network after a dump command: packets of the client protocol, each a marker byte and
 * an event ("Binlog Network Stream" in MySQL's source documentation). Every chunk is copied once, into slabs, where the
 * events then stay until their epoch is done: the network's own chunks die young, a view of its own for each of millions of
 * events is not needed, and an event that comes in two chunks lies in one piece all the same.
 */
export class DumpReader {
  readonly #sink: DumpSink;
  readonly #filler = new SlabFiller();
  /** What has come of an event that is longer than a packet. */
  #pieces: Buffer[] = [];
  #piecesBytes = 0;
  #ended = false;

  constructor(sink: DumpSink) {
    this.#sink = sink;
  }

  /** Takes what has come, whole packets or not. Throws what the sink throws; nothing may be fed after that. */
  take(chunk: Buffer): void {
    if (this.#ended) return;
    const filler = this.#filler;
    filler.append(chunk);
    const { slab } = filler;
    const { bytes } = slab;
    let { at } = filler;
    const filled = at + filler.unread;
    while (filled - at >= packetHeaderBytes) {
      const length =
        (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
      const start = at + packetHeaderBytes;
      const end = start + length;
      if (end > filled) break;
      filler.read(end - at);
      at = end;
      if (length === packetBytesMax || this.#piecesBytes > 0) this.#piece(bytes, start, end);
      else this.#packet(bytes, start, end, slab);
      if (this.#ended) return;
    }
  }

  /** Nothing more comes: what lies in memory is let go as soon as its transactions are done. */
  close(): void {
    this.#ended = true;
    this.#filler.close();
    this.#pieces = [];
  }

  #packet(bytes: Buffer, start: number, end: number, slab: EventSlab | null): void {
    if (end > start && bytes[start] === okMarker) this.#sink.event(bytes, start + 1, end, slab);
    else this.#end(bytes.subarray(start, end));
  }

  /** A part of an event that is longer than a packet; the last one is shorter than the others. */
  #piece(bytes: Buffer, start: number, end: number): void {
    this.#pieces.push(Buffer.from(bytes.subarray(start, end)));
    this.#piecesBytes += end - start;
    if (this.#piecesBytes > eventBytesMax) {
      throw new TailraceError('TR_STREAM_CORRUPT', {
        what: `an event has more than ${eventBytesMax} bytes`,
        why: 'no server sends one of more than 1 GiB',
      });
    }
    if (end - start === packetBytesMax) return;
    const whole = Buffer.concat(this.#pieces, this.#piecesBytes);
    this.#pieces = [];
    this.#piecesBytes = 0;
    this.#packet(whole, 0, whole.length, null);
  }

  /** An error packet: marker, number (2 bytes), `#` and SQL state (5 bytes), text. Anything else is the end of the log. */
  #end(packet: Buffer): void {
    const textAt = packet[3] === 0x23 ? 9 : 3;
    const reason =
      packet[0] === errorMarker && packet.length >= 3
        ? { errno: packet.readUInt16LE(1), message: packet.toString('utf8', textAt) }
        : { message: 'the source ended the dump (end of file)' };
    // Only now: the packet lies in memory that is taken away.
    this.close();
    this.#sink.end(reason);
  }
}

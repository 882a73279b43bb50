import { eventTypeAt } from '../binlog/event-header.js';
import { EventType } from '../binlog/event-type.js';
import type { Assembler } from './assembler.js';
import type { ByteBudget } from '../transaction/byte-budget.js';
import type { EventSlab } from '../transaction/event-slab.js';
import { PayloadUnpacker } from './payload-unpacker.js';
import { SlabFiller } from './slab-filler.js';

/** What the intake tells of itself. */
export interface IntakeEvents {
  /** Whether a compressed transaction is being unpacked, behind which everything waits: then nothing more should be read. */
  unpacking(isBusy: boolean): void;
  /** Unpacking failed outside of `feed`. */
  failed(error: unknown): void;
}

/** An event that came behind a compressed transaction, in the chunk of the network that was being read. */
interface Waiting {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly slab: EventSlab | null;
}

/** So much is unpacked before everything else gets its turn. */
const turnBytesMax = 1024 * 1024;

/*
 * A compressed transaction is one event, of up to 1 GiB, that may unpack to many times the budget. Pausing the network does not
 * help against that: everything is there already. So it is unpacked piece by piece, as long as there is room; what comes behind
 * it waits, and the network with it. The bytes of the packed event itself do not count to the budget, as they could
 * be more than that and nothing would ever go on: what is promised for it stands in docs/decisions/0012.
 */

/** Feeds an assembler with the events of a stream, compressed transactions unpacked. */
export class EventIntake {
  readonly #assembler: Assembler;
  readonly #budget: ByteBudget;
  readonly #events: IntakeEvents;
  #unpacking: { readonly unpacker: PayloadUnpacker; readonly slab: EventSlab | null } | null = null;
  /** Where unpacked events lie, one transaction behind the other; null before the first. */
  #filler: SlabFiller | null = null;
  /** No more than the network's last chunk held. */
  #waiting: Waiting[] = [];
  #isBusy = false;
  #isRunning = false;
  #turn: NodeJS.Immediate | null = null;
  #unpackedInTurn = 0;

  constructor(assembler: Assembler, budget: ByteBudget, events: IntakeEvents) {
    this.#assembler = assembler;
    this.#budget = budget;
    this.#events = events;
  }

  /** Takes one whole event as `Assembler.feed` does, and throws what that throws. */
  feed(bytes: Buffer, start: number, end: number, slab: EventSlab | null): void {
    if (this.#unpacking !== null) {
      slab?.hold();
      this.#waiting.push({ bytes, start, end, slab });
      return;
    }
    this.#feed(bytes, start, end, slab);
    if (this.#unpacking !== null) this.#run();
  }

  /** Whether events of a compressed transaction have not been taken yet. */
  get isUnpacking(): boolean {
    return this.#unpacking !== null;
  }

  /** There is room in the budget again. */
  goOn(): void {
    if (this.#unpacking === null || this.#isRunning || this.#turn !== null) return;
    this.#turn = setImmediate(() => this.#nextTurn());
  }

  /** Nothing more is wanted; what is still packed is dropped. */
  close(): void {
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    this.#endUnpacking();
    this.#filler?.close();
    this.#filler = null;
    for (const { slab } of this.#waiting.splice(0)) slab?.release();
  }

  #feed(bytes: Buffer, start: number, end: number, slab: EventSlab | null): void {
    if (bytes[start + eventTypeAt] !== EventType.TransactionPayload) {
      this.#budget.hold(end - start);
      this.#assembler.feed(bytes, start, end, slab);
      return;
    }
    const event = this.#assembler.feedPayload(bytes, start, end);
    this.#filler ??= new SlabFiller();
    const unpacker = new PayloadUnpacker(event, this.#filler, (inner, from, to, innerSlab) => {
      this.#budget.hold(to - from);
      this.#unpackedInTurn += to - from;
      this.#assembler.feedUnpacked(inner, from, to, innerSlab);
    });
    slab?.hold();
    this.#unpacking = { unpacker, slab };
  }

  /** Unpacks while there is room and the turn lasts, then whatever waited behind it. */
  #run(): void {
    this.#isRunning = true;
    try {
      while (this.#unpacking !== null && !this.#budget.isFull && this.#unpackedInTurn < turnBytesMax) {
        if (this.#unpacking.unpacker.step()) continue;
        this.#endUnpacking();
        this.#assembler.endPayload();
        this.#feedWaiting();
      }
    } finally {
      this.#isRunning = false;
    }
    this.#unpackedInTurn = 0;
    // A full budget wakes us by `goOn`; a turn that was used up goes on by itself.
    if (this.#unpacking !== null && !this.#budget.isFull) this.goOn();
    this.#tell(this.#unpacking !== null);
  }

  #feedWaiting(): void {
    while (this.#unpacking === null) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#feed(next.bytes, next.start, next.end, next.slab);
      next.slab?.release();
    }
  }

  #nextTurn(): void {
    this.#turn = null;
    try {
      this.#run();
    } catch (error) {
      this.close();
      this.#events.failed(error);
    }
  }

  #endUnpacking(): void {
    const ended = this.#unpacking;
    this.#unpacking = null;
    ended?.slab?.release();
  }

  #tell(isBusy: boolean): void {
    if (this.#isBusy === isBusy) return;
    this.#isBusy = isBusy;
    this.#events.unpacking(isBusy);
  }
}

import { EventType } from '../../src/binlog/event-type.js';
import { Assembler } from '../../src/source/assembler.js';
import { EventIntake } from '../../src/source/event-intake.js';
import { CountingBudget } from './counting-budget.js';
import type { Transaction } from '../../src/transaction/transaction.js';
import {
  event,
  EventLog,
  lengthEncoded,
  queryBody,
  rowImage,
  rowsBody,
  tableMapBody,
  u32,
  u64,
  xidBody,
} from './binlog-events.js';

/** Compressed transactions made by hand. There is no packer for Node 20: frames consist of blocks that store or repeat bytes. */

const rawBlockBytes = 128 * 1024;

function block(isLast: boolean, type: number, size: number, body: Buffer): Buffer {
  return Buffer.concat([u32((size << 3) | (type << 1) | (isLast ? 1 : 0)).subarray(0, 3), body]);
}

/** A frame with a window of 1 MiB, or as its header says. */
export function zstdFrame(
  bytes: Buffer,
  { blockBytes = rawBlockBytes, header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x50]) } = {},
): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += blockBytes) {
    const piece = bytes.subarray(at, at + blockBytes);
    blocks.push(block(at + blockBytes >= bytes.length, 0, piece.length, piece));
  }
  return Buffer.concat([header, ...blocks]);
}

/** A frame of four bytes for each 128 KiB of zeros that it unpacks to. */
export function zstdBomb(blocks: number, first: Buffer = Buffer.alloc(0)): Buffer {
  const zeros = Array.from({ length: blocks }, (_, i) =>
    block(i === blocks - 1, 1, rawBlockBytes, Buffer.from([0])),
  );
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x50]),
    block(false, 0, first.length, first),
    ...zeros,
  ]);
}

/** A length-encoded integer of any size. */
export const claimed = (value: number): Buffer =>
  value < 2 ** 24 ? lengthEncoded(value) : Buffer.concat([Buffer.from([0xfe]), u64(value)]);

const field = (code: number, value: Buffer): Buffer =>
  Buffer.concat([lengthEncoded(code), lengthEncoded(value.length), value]);

/** The body of a Transaction_payload event; `unpackedBytes` null leaves the claim out. */
export function payloadBody(
  packed: Buffer,
  unpackedBytes: Buffer | null,
  { compression = lengthEncoded(0), packedBytes = claimed(packed.length) } = {},
): Buffer {
  return Buffer.concat([
    field(2, compression),
    ...(unpackedBytes === null ? [] : [field(3, unpackedBytes)]),
    field(1, packedBytes),
    lengthEncoded(0),
    packed,
  ]);
}

const columns = [{ type: 3 }];

/** BEGIN, a table map, `rowEvents` row events of `rowsEach` INTs that count up, and an end: as they lie in a payload. */
export function packedTransaction(rowEvents: number, rowsEach = 1, last = xidBody): Buffer {
  const events = [
    event(EventType.Query, queryBody('BEGIN')),
    event(EventType.TableMap, tableMapBody({ columns })),
  ];
  for (let i = 0; i < rowEvents; i++) {
    const images = Array.from({ length: rowsEach }, (_, j) => rowImage([u32(i * rowsEach + j)]));
    const flags = i === rowEvents - 1 ? 1 : 0;
    events.push(event(EventType.WriteRows, rowsBody(EventType.WriteRows, { columnCount: 1, images, flags })));
  }
  return Buffer.concat([...events, event(EventType.Xid, last)]);
}

/** A log of one compressed transaction, its events stored or packed as `frame` says. */
export function payloadLog(events: Buffer, frame = zstdFrame(events)): EventLog {
  return new EventLog().gtid().add(EventType.TransactionPayload, payloadBody(frame, claimed(events.length)));
}

/** An intake whose budget is counted, and what comes out of it. */
export class CountedIntake {
  readonly intake: EventIntake;
  readonly transactions: Transaction[] = [];
  readonly busy: boolean[] = [];
  error: unknown = null;
  readonly #budget: CountingBudget;

  constructor({ budgetBytes = 2 ** 30, transactionBytesMax = 2 ** 30 } = {}) {
    this.#budget = new CountingBudget(budgetBytes, { full: () => undefined, room: () => this.intake.goOn() });
    const assembler = new Assembler(
      '',
      {
        transaction: (transaction) => void this.transactions.push(transaction),
        passed: () => undefined,
      },
      { budget: this.#budget, transactionBytesMax, transactionRowsMax: Infinity, skipBefore: 0 },
    );
    this.intake = new EventIntake(assembler, this.#budget, {
      unpacking: (isBusy) => void this.busy.push(isBusy),
      failed: (error) => void (this.error = error),
    });
  }

  feed(events: readonly Buffer[]): void {
    for (const own of events) this.intake.feed(own, 0, own.length, null);
  }

  /** Bytes that nobody holds any more. */
  release(bytes: number): void {
    this.#budget.release(bytes);
  }

  get heldBytes(): number {
    return this.#budget.heldBytes;
  }

  get heldBytesMax(): number {
    return this.#budget.heldBytesMax;
  }
}

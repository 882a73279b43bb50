import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { singleRows } from '../../../src/apply/batch/single-rows.js';
import { ColumnType } from '../../../src/binlog/column-layout.js';
import { EventType } from '../../../src/binlog/event-type.js';
import type { RowsEvent } from '../../../src/binlog/rows-event.js';
import { readTransactionPayload } from '../../../src/binlog/transaction-payload.js';
import { unpackZstd } from '../../../src/binlog/unpack-zstd.js';
import {
  event,
  EventLog,
  gtidBody,
  lengthEncoded,
  queryBody,
  rowImage,
  rowsBody,
  tableMapBody,
  u32,
  u64,
} from '../../support/binlog-events.js';
import { assemble, fixtureEvents } from '../../support/binlog-fixture.js';
import {
  claimed,
  CountedIntake,
  packedTransaction,
  payloadBody,
  payloadLog,
  zstdBomb,
  zstdFrame,
} from '../../support/binlog-payload.js';

const mebibyte = 2 ** 20;
const refused = (code: string): unknown => expect.objectContaining({ code });
const counting = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** The INT values that inserts of one column write. */
const valuesOf = (rows: readonly RowsEvent[]): number[] =>
  rows.flatMap((own) => [...singleRows(own)].map((row) => row.rows.bytes.readInt32LE(row.afterStart + 1)));

/** What a log of one compressed transaction is refused with. */
async function failure(log: EventLog): Promise<unknown> {
  const counted = new CountedIntake();
  try {
    counted.feed(log.events);
    while (counted.intake.isUnpacking) await nextTurn();
  } catch (error) {
    return error;
  }
  return counted.error;
}

describe('a compressed transaction', () => {
  test('of a real server is the transaction that it would be without', () => {
    const events = fixtureEvents('mysql-compressed');
    const { transactions, error, position } = assemble(events);
    expect(error).toBeNull();
    const last = transactions.at(-1);
    expect([last?.kind, last?.rows.map(({ kind, table }) => `${kind} ${table.table}`)]).toEqual([
      'rows',
      ['write a'],
    ]);
    // What is inside has no place of its own in the file.
    const tail = events.slice(-2).reduce((sum, own) => sum + own.length, 0);
    expect(last?.endOffset).toBe(position.offset);
    expect(Number(last?.endOffset) - Number(last?.startOffset)).toBe(tail);
  });

  test.each([1, 7, 100, 131_072])('in blocks of %d bytes', (blockBytes) => {
    const events = packedTransaction(50, 3);
    const log = payloadLog(events, zstdFrame(events, { blockBytes })).insert(2, 77);
    const { transactions, error } = assemble(log.events);
    expect(error).toBeNull();
    expect(transactions.map(({ rows }) => valuesOf(rows))).toEqual([counting(150), [77]]);
  });

  test('in several frames, and not compressed at all', () => {
    const events = packedTransaction(5);
    const frames = Buffer.concat([zstdFrame(events.subarray(0, 100)), zstdFrame(events.subarray(100))]);
    const plain = payloadBody(events, null, { compression: lengthEncoded(255) });
    for (const log of [
      payloadLog(events, frames),
      new EventLog().gtid().add(EventType.TransactionPayload, plain),
    ]) {
      const { transactions, error } = assemble(log.events);
      expect(error).toBeNull();
      expect(transactions.map(({ rows }) => valuesOf(rows))).toEqual([counting(5)]);
    }
  });

  test('without GTIDs, and without checksums', () => {
    const events = packedTransaction(2);
    for (const checksum of [true, false]) {
      const log = new EventLog({ checksum })
        .add(EventType.AnonymousGtid, gtidBody(0))
        .add(EventType.TransactionPayload, payloadBody(zstdFrame(events), lengthEncoded(events.length)));
      const { transactions, error } = assemble(log.events);
      expect(error).toBeNull();
      expect(transactions.map(({ gtid, rows }) => [gtid, valuesOf(rows)])).toEqual([[null, [0, 1]]]);
    }
  });

  test('that lies before the place to begin at is passed over', () => {
    const log = payloadLog(packedTransaction(3));
    const border = log.offset;
    log.insert(2, 20);
    const { transactions } = assemble(log.events, { skipBefore: border });
    expect(transactions.map(({ rows }) => valuesOf(rows))).toEqual([[20]]);
  });
});

describe('one that is larger than the budget', () => {
  const budgetBytes = mebibyte;
  const rowEvents = 100;
  const rowsEach = 8_000;

  test('is unpacked as it is taken, and what comes behind it waits [P5, T8]', async () => {
    const events = packedTransaction(rowEvents, rowsEach);
    expect(events.length).toBeGreaterThan(3 * mebibyte);
    const counted = new CountedIntake({ budgetBytes, transactionBytesMax: budgetBytes * 0.6 });
    counted.feed(payloadLog(events).insert(2, 77).events);
    const [head] = counted.transactions;
    expect(counted.transactions.length).toBe(1);
    expect(counted.busy).toEqual([true]);

    let values = valuesOf(head?.rows ?? []);
    counted.release(head?.bytes ?? 0);
    for (let batch = await head?.tail?.take(); batch; batch = await head?.tail?.take()) {
      values = values.concat(
        valuesOf(batch.steps.flatMap((step) => (step.kind === 'rows' ? step.rows : []))),
      );
      counted.release(batch.bytes);
    }
    expect(values.length).toBe(rowEvents * rowsEach);
    expect(values.every((value, i) => value === i)).toBe(true);
    counted.release(head?.tail?.end?.bytes ?? 0);
    // One piece of 128 KiB may hold events beyond the budget.
    expect(counted.heldBytesMax).toBeLessThan(budgetBytes + 2 * 128 * 1024);
    expect(counted.busy).toEqual([true, false]);
    expect(counted.transactions.map(({ gtid }) => gtid?.gno)).toEqual([1, 2]);
    counted.release(counted.transactions[1]?.bytes ?? 0);
    expect(counted.heldBytes).toBe(0);
  });

  test('is dropped when the stream ends', async () => {
    const counted = new CountedIntake({ budgetBytes, transactionBytesMax: budgetBytes * 0.6 });
    counted.feed(payloadLog(packedTransaction(rowEvents, rowsEach)).insert(2, 77).events);
    counted.intake.close();
    counted.release(counted.heldBytes);
    await nextTurn();
    await nextTurn();
    expect(counted.intake.isUnpacking).toBe(false);
    expect(counted.transactions.length).toBe(1);
    expect(counted.heldBytes).toBe(0);
  });
});

describe('hostile sizes', () => {
  const events = packedTransaction(3);
  const claiming = (unpacked: Buffer, frame = zstdFrame(events)): EventLog =>
    new EventLog().gtid().add(EventType.TransactionPayload, payloadBody(frame, unpacked));

  test.each([
    ['more than it claims', claiming(lengthEncoded(events.length - 1))],
    ['less than it claims', claiming(lengthEncoded(events.length + 1))],
    ['a claim of 2^52 bytes', claiming(claimed(2 ** 52))],
    ['a claim above 2^53', claiming(claimed(2 ** 60))],
    ['an end in the middle of an event', claiming(lengthEncoded(40), zstdFrame(events.subarray(0, 40)))],
    [
      'no end of its transaction',
      claiming(lengthEncoded(events.length - 27), zstdFrame(events.subarray(0, -27))),
    ],
    [
      'a block that ends behind it',
      claiming(lengthEncoded(events.length), zstdFrame(events).subarray(0, -1)),
    ],
    [
      'no last block',
      claiming(lengthEncoded(events.length), zstdFrame(events, { blockBytes: 50 }).subarray(0, 112)),
    ],
    ['no frame', claiming(lengthEncoded(events.length), events)],
    ['nothing', claiming(lengthEncoded(events.length), Buffer.alloc(0))],
  ])('%s', async (_, log) => {
    expect(await failure(log)).toEqual(refused('TR_STREAM_CORRUPT'));
  });

  test.each([
    ['a window of 2 TiB', [0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8]],
    ['a window of a segment of 2^40 bytes', [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0]],
    ['a dictionary', [0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x50, 9]],
    ['a skippable frame', [0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff]],
  ])('%s takes no memory', async (_, header) => {
    const before = process.memoryUsage().arrayBuffers;
    const log = claiming(lengthEncoded(events.length), zstdFrame(events, { header: Buffer.from(header) }));
    expect(await failure(log)).toEqual(refused('TR_STREAM_CORRUPT'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * mebibyte);
  });

  test('a bomb ends where its claim does, or at its first impossible event [T8]', async () => {
    // 32 KiB that unpack to 1 GiB of zeros: no event has a length of 0.
    expect(await failure(claiming(claimed(2 ** 30), zstdBomb(8_192)))).toEqual(refused('TR_STREAM_CORRUPT'));
    // The zeros belong to one event that claims more than any server writes, and to one that never ends.
    for (const claimed of [0xffffffff, 8 * mebibyte]) {
      const header = event(EventType.WriteRows, Buffer.alloc(0));
      header.writeUInt32LE(claimed, 9);
      const log = claiming(lengthEncoded(4 * mebibyte), zstdBomb(8_192, header));
      const before = process.memoryUsage().arrayBuffers;
      expect(await failure(log)).toEqual(refused('TR_STREAM_CORRUPT'));
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * mebibyte);
    }
  });

  test('pieces are never larger than a block', () => {
    const sizes = [...unpackZstd(zstdBomb(4))].map((piece) => piece.length);
    expect(Math.max(...sizes)).toBe(128 * 1024);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(4 * 128 * 1024);
  });
});

describe('what does not belong', () => {
  const pack = (...inner: Buffer[]): EventLog => payloadLog(Buffer.concat(inner));
  const begin = event(EventType.Query, queryBody('BEGIN'));

  test.each([
    ['a payload inside of a payload', pack(begin, event(EventType.TransactionPayload, Buffer.alloc(9)))],
    ['a GTID', pack(begin, event(EventType.Gtid, gtidBody(2)))],
    ['a format description', pack(begin, event(EventType.FormatDescription, Buffer.alloc(90)))],
    ['a rotate', pack(event(EventType.Rotate, Buffer.alloc(12), { flags: 0x20 }))],
    ['an unknown event', pack(begin, event(99, Buffer.alloc(3), { flags: 0x80 }))],
    ['rows without BEGIN', pack(event(EventType.TableMap, tableMapBody({ columns: [{ type: 3 }] })))],
  ])('%s', async (_, log) => {
    expect(await failure(log)).toEqual(refused('TR_STREAM_CORRUPT'));
  });

  test('a payload outside of a transaction, or behind its BEGIN', async () => {
    const events = packedTransaction(1);
    const body = payloadBody(zstdFrame(events), lengthEncoded(events.length));
    for (const log of [new EventLog(), new EventLog().gtid().query('BEGIN')]) {
      expect(await failure(log.add(EventType.TransactionPayload, body))).toEqual(
        refused('TR_STREAM_CORRUPT'),
      );
    }
  });
});

describe('the header of a payload', () => {
  const read = (body: Buffer): unknown => readTransactionPayload(event(EventType.TransactionPayload, body));
  const packed = Buffer.from('packed');

  test('what it claims, and where the packed bytes are', () => {
    expect(read(payloadBody(packed, lengthEncoded(4_000)))).toEqual({
      compression: 'zstd',
      unpackedBytes: 4_000,
      packed,
    });
    expect(read(payloadBody(packed, null, { compression: lengthEncoded(255) }))).toEqual({
      compression: 'none',
      unpackedBytes: packed.length,
      packed,
    });
  });

  test.each([
    ['another compression', payloadBody(packed, null, { compression: lengthEncoded(7) }), 'TR_EVENT_UNKNOWN'],
    [
      'an unknown field',
      Buffer.concat([Buffer.from([9, 1, 1]), payloadBody(packed, null)]),
      'TR_EVENT_UNKNOWN',
    ],
    [
      'a field that comes twice',
      Buffer.concat([Buffer.from([2, 1, 0]), payloadBody(packed, null)]),
      'TR_EVENT_UNKNOWN',
    ],
    ['fewer packed bytes', payloadBody(packed, null, { packedBytes: lengthEncoded(5) }), 'TR_STREAM_CORRUPT'],
    ['more packed bytes', payloadBody(packed, null, { packedBytes: lengthEncoded(7) }), 'TR_STREAM_CORRUPT'],
    ['a field of another length', Buffer.from([2, 2, 0, 0, 0]), 'TR_STREAM_CORRUPT'],
    ['no end mark', Buffer.from([2, 1, 0]), 'TR_STREAM_CORRUPT'],
  ])('%s', (_, body, code) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code }));
  });
});

test('a row event of more than 16 MiB inside of a payload [T15]', async () => {
  const value = Buffer.alloc(17 * mebibyte, 'x');
  const images = [rowImage([Buffer.concat([u32(value.length), value])])];
  const columns = [{ type: ColumnType.Blob, metadata: [4] }];
  const events = Buffer.concat([
    event(EventType.Query, queryBody('BEGIN')),
    event(EventType.TableMap, tableMapBody({ columns })),
    event(EventType.WriteRows, rowsBody(EventType.WriteRows, { columnCount: 1, images })),
    event(EventType.Xid, u64(1)),
  ]);
  const counted = new CountedIntake();
  counted.feed(payloadLog(events).events);
  while (counted.intake.isUnpacking) await nextTurn();
  const [rows] = counted.transactions[0]?.rows ?? [];
  expect(Number(rows?.end) - Number(rows?.rowsAt)).toBe(1 + 4 + value.length);
  expect(rows?.bytes.subarray(Number(rows.end) - value.length, rows.end).equals(value)).toBe(true);
});

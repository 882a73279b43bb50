import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { singleRows } from '../../src/apply/batch/single-rows.js';
import { EventType } from '../../src/binlog/event-type.js';
import { EventWriter } from '../../src/binlog/event-writer.js';
import { renderImage } from '../../src/binlog/render-image.js';
import { RowCutter } from '../../src/binlog/row-cutter.js';
import { readRowsEvent, type RowsEvent, type RowsKind } from '../../src/binlog/rows-event.js';
import { readTableMap } from '../../src/binlog/table-map.js';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import { countRows } from '../../src/plan/count-rows.js';
import { KeylessTable } from '../../src/plan/keyless-table.js';
import { NetTable } from '../../src/plan/net-table.js';
import type { TableTraits } from '../../src/schema/table-traits.js';
import { crc32, rowImage, tableMap } from '../support/binlog-events.js';
import { assemble, fixtureEvents } from '../support/binlog-fixture.js';
import { packedTransaction, payloadLog, zstdFrame } from '../support/binlog-payload.js';
import { generatedColumns } from '../support/binlog-rows.js';

const kinds: readonly RowsKind[] = ['write', 'update', 'delete'];

/** A table of random columns, and images of it: values by row and column. */
const tables = fc.array(generatedColumns, { minLength: 1, maxLength: 20 }).chain((columns) =>
  fc.record({
    columns: fc.constant(columns.map(({ column }) => column)),
    rows: fc.array(fc.tuple(...columns.map(({ value }) => value)), { minLength: 1, maxLength: 8 }),
  }),
);

describe('round trip', () => {
  test('images are found again where they were written, whatever the columns', () => {
    fc.assert(
      fc.property(tables, fc.constantFrom(...kinds), fc.nat(0x1f), ({ columns, rows }, kind, flags) => {
        const table = tableMap({ columns, schema: 'a`b', table: 'größe' });
        // An update has two images a row: one row is written as both.
        const images = rows.map(rowImage).flatMap((image) => (kind === 'update' ? [image, image] : [image]));
        const writer = new EventWriter(8);
        writer.openRows(table, kind, flags);
        for (const image of images) writer.image(image, 0, image.length);
        writer.closeRows();

        const bytes = Buffer.concat(writer.written);
        const mapEnd = bytes.readUInt32LE(9);
        const mapAgain = readTableMap(bytes.subarray(0, mapEnd));
        expect([mapAgain.schema, mapAgain.table, mapAgain.columns]).toEqual(['a`b', 'größe', table.columns]);
        const event = readRowsEvent(bytes, mapAgain, mapEnd, bytes.length);
        expect([event.kind, event.flags, event.complete]).toEqual([kind, flags | 1, true]);

        const cutter = new RowCutter(mapAgain);
        let at = event.rowsAt;
        for (const [i, image] of images.entries()) {
          const end = cutter.cut(bytes, at, event.end);
          expect(bytes.subarray(at, end).equals(image)).toBe(true);
          const row = rows[kind === 'update' ? i >> 1 : i] ?? [];
          const found = row.map((_, column) => {
            const start = cutter.starts[column] as number;
            return start < 0 ? null : bytes.toString('hex', start, cutter.ends[column]);
          });
          expect(found).toEqual(row.map((value) => value?.toString('hex') ?? null));
          expect(renderImage(mapAgain, [], bytes, at, end).length).toBeLessThan(2_100);
          at = end;
        }
        expect(at).toBe(event.end);
      }),
      { numRuns: 200 },
    );
  });

  test('packed events come out as they went in, wherever blocks and frames are cut [T8]', () => {
    fc.assert(
      fc.property(
        fc.nat(30),
        fc.nat(40),
        fc.integer({ min: 1, max: 5_000 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
        (rowEvents, rowsEach, blockBytes, cuts) => {
          const events = packedTransaction(1 + rowEvents, 1 + rowsEach);
          const borders = [0, ...cuts.map((cut) => Math.floor(cut * events.length)).sort((a, b) => a - b)];
          const frames = borders.map((from, i) =>
            zstdFrame(events.subarray(from, borders[i + 1] ?? events.length), { blockBytes }),
          );
          const { transactions, error } = assemble(
            payloadLog(events, Buffer.concat(frames)).insert(2, 7).events,
          );
          expect([error, transactions.length]).toEqual([null, 2]);
          const values = (transactions[0]?.rows ?? []).flatMap((rows) =>
            [...singleRows(rows)].map((row) => row.rows.bytes.readInt32LE(row.afterStart + 1)),
          );
          expect(values.length).toBe((1 + rowEvents) * (1 + rowsEach));
          expect(values.every((value, i) => value === i)).toBe(true);
        },
      ),
    );
  });

  test('an image that is cut short is refused, or ends earlier', () => {
    fc.assert(
      fc.property(tables, fc.nat(), ({ columns, rows }, cut) => {
        const table = tableMap({ columns });
        const image = rowImage(rows[0] ?? []);
        const limit = cut % image.length;
        expect(() => new RowCutter(table).cut(image, 0, limit)).toThrow(
          expect.objectContaining({ code: 'TR_STREAM_CORRUPT' }),
        );
        expect(typeof renderImage(table, [], image, 0, limit)).toBe('string');
      }),
    );
  });

  test('any bytes at all can be rendered', () => {
    fc.assert(
      fc.property(
        tables,
        fc.uint8Array({ maxLength: 300 }),
        fc.integer(),
        fc.integer(),
        ({ columns }, own, from, to) => {
          const bytes = Buffer.from(own);
          expect(renderImage(tableMap({ columns }), [], bytes, from, to).length).toBeLessThan(2_100);
          expect(renderImage(tableMap({ columns }), [], bytes, 0, bytes.length).length).toBeLessThan(2_100);
        },
      ),
    );
  });
});

const fixtures = [
  'mysql-types-full-metadata',
  'mysql-statements',
  'mysql-transactions',
  'mysql-partial-images',
  'mysql-tagged-gtids',
  'mysql-checksum-changes',
  'mysql56-types',
  'mysql56-v1-rows',
  'mysql-compressed',
  'mysql-xa',
  'mysql-xa-one-phase',
].map((name) => ({ name, events: fixtureEvents(name) }));

/** The event with its length and its checksum mended, so that what is broken inside is read. */
function mended(event: Buffer, checksums: boolean): Buffer {
  const bytes = Buffer.from(event);
  if (bytes.length >= 13) bytes.writeUInt32LE(bytes.length, 9);
  if (checksums && bytes.length >= 23) {
    bytes.writeUInt32LE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  }
  return bytes;
}

const plainTraits = (rows: RowsEvent, keyed: boolean): TableTraits => ({
  schema: rows.table.schema,
  table: rows.table.table,
  columnNames: rows.table.columns.map((_, i) => `c${i}`),
  primaryKey: keyed ? [0] : null,
  primaryKeyComparable: true,
  uniqueKeys: [{ name: 'u', columns: [rows.table.columns.length - 1], comparable: true, functional: false }],
  autoIncrementColumn: 0,
  autoIncrementUnsigned: false,
  linkGroup: 'g',
  linked: false,
  referentialActions: false,
  transactional: true,
});

/** What is done to the rows of an event on their way to a replica. */
function readWhole(rows: RowsEvent): void {
  countRows(rows);
  for (const single of singleRows(rows)) {
    renderImage(rows.table, [], single.rows.bytes, single.beforeStart, single.beforeEnd, rows.present);
  }
  if (!rows.complete || rows.table.columns.length === 0) return;
  for (const keyed of [true, false]) {
    const gathered = keyed
      ? new NetTable(rows.table, plainTraits(rows, keyed), [0])
      : new KeylessTable(rows.table, plainTraits(rows, keyed));
    gathered.add(rows);
    gathered.close();
  }
}

function requireCoded(error: unknown): void {
  if (error instanceof TailraceError && /^TR_(STREAM|EVENT|COLUMN|STATEMENT|TABLE)_/.test(error.code)) return;
  throw error instanceof Error ? error : new Error(`something was thrown that is no error: ${String(error)}`);
}

/** Feeds events of which one is broken: all is read, or a coded error tells what is wrong; anything else is a defect. */
function readBroken(events: readonly Buffer[]): 'read' | 'refused' {
  const { transactions, error } = assemble(events);
  if (error !== null) requireCoded(error);
  for (const rows of transactions.flatMap((own) => own.rows)) {
    try {
      readWhole(rows);
    } catch (thrown) {
      requireCoded(thrown);
      return 'refused';
    }
  }
  return error === null ? 'read' : 'refused';
}

const hasChecksums = (events: readonly Buffer[], index: number): boolean => {
  const description = events.slice(0, index + 1).findLast((own) => own[4] === EventType.FormatDescription);
  return description === undefined || description.readUInt8(description.length - 5) === 1;
};

/** What an assembler needs before `events[index]`: the format description, and the transaction that it stands in. */
function prefixOf(events: readonly Buffer[], index: number): Buffer[] {
  const description = events.slice(0, index).findLastIndex((own) => own[4] === EventType.FormatDescription);
  let boundary = description + 1;
  for (let end = description + 2; end <= index; end++) {
    if (
      assemble(events.slice(0, end)).transactions.length >
      assemble(events.slice(0, end - 1)).transactions.length
    ) {
      boundary = end;
    }
  }
  const head = description < 0 ? [] : [events[0] as Buffer, events[description] as Buffer];
  return [...head, ...events.slice(boundary, index)];
}

describe('broken streams', () => {
  test.each(fixtures)('$name: truncated at every byte [P4]', ({ events }) => {
    const outcomes = { read: 0, refused: 0 };
    events.forEach((event, index) => {
      const checksums = hasChecksums(events, index);
      const prefix = prefixOf(events, index);
      expect(assemble(prefix).error).toBeNull();
      // Long events are long for their rows or names, which are alike: every byte at first, then one of several.
      for (let length = 0; length < event.length; length += length < 150 ? 1 : 23) {
        outcomes[readBroken([...prefix, mended(event.subarray(0, length), checksums)])]++;
      }
    });
    expect(outcomes.refused).toBeGreaterThan(100);
  });

  test('flipped bytes [P4]', () => {
    const outcomes = { read: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...fixtures),
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        ({ events }, pick, flips) => {
          const index = pick % events.length;
          const event = Buffer.from(events[index] ?? Buffer.alloc(0));
          for (const [at, value] of flips) event[at % event.length] = value;
          const broken = mended(event, hasChecksums(events, index));
          outcomes[readBroken([...events.slice(0, index), broken, ...events.slice(index + 1)])]++;
        },
      ),
      { numRuns: 1_000 },
    );
    expect(Math.min(outcomes.refused, outcomes.read)).toBeGreaterThan(100);
  });

  test('bytes that were never an event', () => {
    const plain = fixtureEvents('mysql-transactions');
    const inTransaction = plain.findIndex((own) => own[4] === EventType.TableMap) + 1;
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(EventType), 99, 160, 255),
        fc.nat(0xffff),
        fc.uint8Array({ maxLength: 200 }),
        fc.boolean(),
        (type, flags, body, inside) => {
          const own = Buffer.concat([Buffer.alloc(19), body, Buffer.alloc(4)]);
          own[4] = type;
          own.writeUInt16LE(flags, 17);
          readBroken([...plain.slice(0, inside ? inTransaction : 3), mended(own, true)]);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('lengths that promise far more than there is take neither memory nor time [P5]', () => {
    const huge = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0x00];
    const before = process.memoryUsage().arrayBuffers;
    for (const { events } of fixtures) {
      events.forEach((event, index) => {
        if (event[4] !== EventType.TableMap && event[4] !== EventType.WriteRows) return;
        const prefix = prefixOf(events, index);
        const checksums = hasChecksums(events, index);
        for (let at = 19; at < Math.min(event.length - huge.length, 90); at += 2) {
          const broken = Buffer.from(event);
          broken.set(huge, at);
          readBroken([...prefix, mended(broken, checksums), ...events.slice(index + 1, index + 3)]);
        }
      });
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 2 ** 20);
  });
});

import { describe, expect, test } from '@jest/globals';
import { ColumnType } from '../../../src/binlog/column-layout.js';
import { readEventHeader } from '../../../src/binlog/event-header.js';
import { EventType } from '../../../src/binlog/event-type.js';
import { EventWriter } from '../../../src/binlog/event-writer.js';
import { readFormatDescription, writeFormatDescription } from '../../../src/binlog/format-description.js';
import { readRowsEvent, type RowsEvent, RowsFlag } from '../../../src/binlog/rows-event.js';
import { readTableMap } from '../../../src/binlog/table-map.js';
import { singleRows } from '../../../src/apply/batch/single-rows.js';
import { event, rowImage, rowsBody, tableMap, u32 } from '../../support/binlog-events.js';
import { assemble, fixtureEvents } from '../../support/binlog-fixture.js';

/** The events that a writer has written, cut by the lengths in their headers. */
function writtenEvents(writer: EventWriter): Buffer[] {
  const bytes = Buffer.concat(writer.written);
  const events: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + bytes.readUInt32LE(at + 9);
    events.push(bytes.subarray(at, end));
    at = end;
  }
  for (const own of events) readEventHeader(own);
  return events;
}

function rowsOf(fixture: string): RowsEvent[] {
  return assemble(fixtureEvents(fixture)).transactions.flatMap(({ rows }) => rows);
}

const imagesOf = (rows: RowsEvent): string[] =>
  [...singleRows(rows)].map(({ rows: single }) => single.bytes.toString('hex', single.rowsAt));

describe('copyRows', () => {
  test.each(['mysql-types', 'mysql56-types', 'mysql-partial-images', 'mysql-transactions', 'mysql-cascade'])(
    '%s: a copy is what came, but for checksum, STMT_END and what foreign keys did',
    (fixture) => {
      const writer = new EventWriter(16);
      const originals = rowsOf(fixture);
      for (const rows of originals) writer.copyRows(rows);
      const events = writtenEvents(writer);
      expect(events.length).toBe(2 * originals.length);
      originals.forEach((original, i) => {
        const [map, copy] = [events[2 * i], events[2 * i + 1]];
        if (map === undefined || copy === undefined) throw new Error('an event is missing');
        const again = readRowsEvent(copy, readTableMap(map));
        const logged = (original.flags & RowsFlag.SqlForeignKey) === 0 ? 0 : RowsFlag.NoForeignKeyChecks;
        expect(again.flags).toBe(original.flags | RowsFlag.StatementEnd | logged);
        expect(again.table.shape.equals(original.table.shape)).toBe(true);
        expect(copy.subarray(27)).toEqual(original.bytes.subarray(original.start + 27, original.end));
      });
    },
  );
});

test('a copy of an event of version 1 is one of version 2', () => {
  const originals = rowsOf('mysql56-v1-rows');
  expect(originals.map(({ bytes, start }) => bytes[start + 4])).toEqual([23, 24, 25]);
  const writer = new EventWriter(16);
  for (const rows of originals) writer.copyRows(rows);
  const events = writtenEvents(writer);
  originals.forEach((original, i) => {
    const [map, copy] = [events[2 * i], events[2 * i + 1]];
    if (map === undefined || copy === undefined) throw new Error('an event is missing');
    const again = readRowsEvent(copy, readTableMap(map));
    expect([copy[4], again.kind, again.flags]).toEqual([30 + i, original.kind, original.flags]);
    expect(imagesOf(again)).toEqual(imagesOf(original));
  });
});

describe('openRows', () => {
  test.each(['mysql-types', 'mysql56-types', 'mysql-transactions', 'mysql-checksum-changes'])(
    '%s: events written again hold the same images',
    (fixture) => {
      for (const original of rowsOf(fixture)) {
        const writer = new EventWriter(16);
        writer.openRows(original.table, original.kind, RowsFlag.NoForeignKeyChecks);
        for (const { rows } of singleRows(original)) writer.image(rows.bytes, rows.rowsAt, rows.end);
        writer.closeRows();
        const [map, copy] = writtenEvents(writer);
        if (map === undefined || copy === undefined) throw new Error('an event is missing');
        const again = readRowsEvent(copy, readTableMap(map));
        expect(again.kind).toBe(original.kind);
        expect(again.flags).toBe(RowsFlag.NoForeignKeyChecks | RowsFlag.StatementEnd);
        expect(again.complete).toBe(true);
        expect(imagesOf(again)).toEqual(imagesOf(original));
      }
    },
  );

  test.each([1, 8, 9, 250, 251, 4096])('a table of %i columns', (count) => {
    const columns = Array.from({ length: count }, () => ({ type: ColumnType.Tiny }));
    const table = tableMap({ columns });
    const image = rowImage(columns.map((_, i) => (i % 3 === 0 ? null : Buffer.from([i & 0xff]))));
    const writer = new EventWriter(16);
    writer.openRows(table, 'update', 0);
    writer.image(image, 0, image.length);
    writer.image(image, 0, image.length);
    writer.closeRows();
    const [map, copy] = writtenEvents(writer);
    if (map === undefined || copy === undefined) throw new Error('an event is missing');
    const again = readRowsEvent(copy, readTableMap(map));
    expect(again.complete).toBe(true);
    expect(copy.subarray(again.rowsAt)).toEqual(Buffer.concat([image, image]));
  });

  test('a writer tells when it is used out of turn', () => {
    const table = tableMap({ columns: [{ type: ColumnType.Long }] });
    const writer = new EventWriter(16);
    expect(() => writer.closeRows()).toThrow(expect.objectContaining({ code: 'TR_INTERNAL' }));
    writer.openRows(table, 'write', 0);
    expect(() => writer.clear()).toThrow(expect.objectContaining({ code: 'TR_INTERNAL' }));
    expect(() => writer.openRows(table, 'write', 0)).toThrow(
      expect.objectContaining({ code: 'TR_INTERNAL' }),
    );
  });
});

describe('row events', () => {
  const table = tableMap({ columns: [{ type: ColumnType.Long }] });
  const image = rowImage([u32(7)]);

  test.each([
    [EventType.WriteRowsV1, 'write'],
    [EventType.DeleteRowsV1, 'delete'],
    [EventType.UpdateRowsV1, 'update'],
  ] as const)('version 1, type %i: no extra data', (type, kind) => {
    const images = kind === 'update' ? [image, image] : [image];
    const rows = readRowsEvent(event(type, rowsBody(type, { columnCount: 1, images })), table);
    expect([rows.kind, rows.complete, imagesOf(rows).length]).toEqual([kind, true, 1]);
  });

  test('extra data, as of partitioned tables, is stepped over', () => {
    const type = EventType.WriteRows;
    const body = rowsBody(type, { columnCount: 1, images: [image], extra: Buffer.from([1, 3, 0, 0, 9, 9]) });
    expect(imagesOf(readRowsEvent(event(type, body), table))).toEqual([image.toString('hex')]);
  });

  test('an event of another shape than its table map is refused', () => {
    const type = EventType.WriteRows;
    for (const body of [
      rowsBody(type, { columnCount: 2, images: [] }),
      Buffer.concat([
        rowsBody(type, { columnCount: 1, images: [] }).subarray(0, 8),
        Buffer.from([1, 0, 1, 1]),
      ]),
    ]) {
      expect(() => readRowsEvent(event(type, body), table)).toThrow(
        expect.objectContaining({ code: 'TR_STREAM_CORRUPT' }),
      );
    }
  });
});

describe('format description', () => {
  test('one of our own is read back', () => {
    const description = readFormatDescription(writeFormatDescription('8.4.3'));
    expect(description).toMatchObject({ serverVersion: '8.4.3', checksums: false });
    // By type code, as a server of today writes them.
    expect(description.postHeaderBytes[EventType.TableMap]).toBe(8);
    expect(description.postHeaderBytes[EventType.WriteRows]).toBe(10);
    expect(description.postHeaderBytes[EventType.PartialUpdateRows]).toBe(10);
  });

  test.each([
    ['mysql-types', /^9\./],
    ['mysql56-types', /^5\.6\./],
    ['mysql-no-checksums', /^9\./],
  ])('%s', (fixture, version) => {
    const own = fixtureEvents(fixture).find((bytes) => bytes[4] === EventType.FormatDescription);
    const description = readFormatDescription(own ?? Buffer.alloc(19));
    expect(description.serverVersion).toMatch(version);
    expect(description.checksums).toBe(fixture !== 'mysql-no-checksums');
  });

  test('what a source of today says of the events in a BINLOG statement is what we tell the replica', () => {
    const own = fixtureEvents('mysql-types').find((bytes) => bytes[4] === EventType.FormatDescription);
    const theirs = readFormatDescription(own ?? Buffer.alloc(19)).postHeaderBytes;
    const ours = readFormatDescription(writeFormatDescription('9.7.4')).postHeaderBytes;
    const { FormatDescription, TableMap, WriteRows, UpdateRows, DeleteRows, PartialUpdateRows } = EventType;
    for (const type of [FormatDescription, TableMap, WriteRows, UpdateRows, DeleteRows, PartialUpdateRows]) {
      expect([type, ours[type]]).toEqual([type, theirs[type]]);
    }
  });

  test('a version too long for its field is cut', () => {
    expect(readFormatDescription(writeFormatDescription('9'.repeat(80))).serverVersion).toBe('9'.repeat(49));
  });

  test.each(['5.5.27-log', '5.6.0', '5.2.14-MariaDB'])('that of %s says nothing of checksums', (version) => {
    const event = writeFormatDescription(version);
    // Without the kind of the checksums and the checksum; its last length is no kind that anybody knows.
    const old = Buffer.from(event.subarray(0, event.length - 5));
    old.writeUInt32LE(old.length, 9);
    old[old.length - 5] = 8;
    const read = readFormatDescription(old);
    expect(read).toMatchObject({ serverVersion: version, checksums: false });
    expect(read.postHeaderBytes).toHaveLength(
      readFormatDescription(event.subarray()).postHeaderBytes.length - 5,
    );
  });

  test.each([
    ['another version of the log', 19, 3],
    ['an unknown kind of checksum', -5, 2],
  ])('%s is refused', (_, at, value) => {
    const bytes = writeFormatDescription('8.4.3');
    bytes[at < 0 ? bytes.length + at : at] = value;
    expect(() => readFormatDescription(bytes)).toThrow(
      expect.objectContaining({ code: 'TR_EVENT_UNSUPPORTED' }),
    );
  });
});

import { describe, expect, test } from '@jest/globals';
import { ColumnType } from '../../../src/binlog/column-layout.js';
import { EventType } from '../../../src/binlog/event-type.js';
import type { RowsEvent } from '../../../src/binlog/rows-event.js';
import { Assembler } from '../../../src/source/assembler.js';
import { singleRows } from '../../../src/apply/batch/single-rows.js';
import { ByteBudget } from '../../../src/transaction/byte-budget.js';
import type { Transaction } from '../../../src/transaction/transaction.js';
import {
  event,
  EventLog,
  formatDescription,
  gtidBody,
  rotateBody,
  rowImage,
  rowsBody,
  tableMapBody,
  u32,
  xidBody,
} from '../../support/binlog-events.js';
import { assemble, fixtureEvents } from '../../support/binlog-fixture.js';

const gib = 2 ** 30;
const columns = [{ type: ColumnType.Long }];
const insertBody = (value: number, tableId = 1, flags = 1): Buffer =>
  rowsBody(EventType.WriteRows, { tableId, columnCount: 1, images: [rowImage([u32(value)])], flags });
const refused = (code: string): unknown => expect.objectContaining({ code });
const totalBytes = (events: readonly Buffer[]): number => events.reduce((sum, own) => sum + own.length, 0);

/** The INT values that inserts of one column write. */
const valuesOf = (rows: readonly RowsEvent[]): number[] =>
  rows.flatMap((own) => [...singleRows(own)].map((row) => row.rows.bytes.readInt32LE(row.afterStart + 1)));

const wholeFixtures = [
  'mysql-types',
  'mysql-types-full-metadata',
  'mysql-statements',
  'mysql-transactions',
  'mysql-partial-images',
  'mysql-cascade',
  'mysql-tagged-gtids',
  'mysql-xa',
  'mysql-xa-one-phase',
  'mysql-checksum-changes',
  'mysql-no-checksums',
  'mysql-anonymous',
  'mysql56-types',
  'mysql56-v1-rows',
];

describe('streams of real servers', () => {
  test.each(wholeFixtures)('%s: no event is lost, neither its bytes nor its place [P4]', (fixture) => {
    const events = fixtureEvents(fixture);
    const { transactions, passedBytes, error } = assemble(events);
    expect(error).toBeNull();
    expect(transactions.length).toBeGreaterThan(1);
    const held = transactions.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(held + passedBytes).toBe(totalBytes(events));
    transactions.forEach((own, i) => {
      expect(own.file).toMatch(/^binlog\.\d{6}$/);
      const before = transactions[i - 1];
      if (before?.file === own.file) expect(own.startOffset).toBe(before.endOffset);
      expect(own.endOffset - own.startOffset).toBe(own.bytes);
    });
  });

  test.each(wholeFixtures)('%s: the same when events lie behind each other in one buffer', (fixture) => {
    const events = fixtureEvents(fixture);
    const bytes = Buffer.concat([Buffer.alloc(7, 0xff), ...events, Buffer.alloc(7, 0xff)]);
    const transactions: Transaction[] = [];
    const assembler = new Assembler(
      '',
      { transaction: (own) => void transactions.push(own), passed: () => undefined },
      {
        budget: new ByteBudget(Infinity),
        transactionBytesMax: gib,
        transactionRowsMax: Infinity,
        skipBefore: 0,
      },
    );
    let at = 7;
    for (const own of events) assembler.feed(bytes, at, (at += own.length));
    const summary = (all: readonly Transaction[]): unknown[] =>
      all.map(({ kind, gtid, startOffset, endOffset, rows }) => [
        kind,
        gtid,
        startOffset,
        endOffset,
        rows.map((own) => [
          own.kind,
          own.flags,
          [...singleRows(own)].map((row) => row.rows.bytes.toString('hex', row.rows.start, row.rows.end)),
        ]),
      ]);
    expect(summary(transactions)).toEqual(summary(assemble(events).transactions));
  });

  test('transactions, their kinds and their rows', () => {
    const { transactions } = assemble(fixtureEvents('mysql-transactions'));
    expect(transactions.map(({ kind }) => kind)).toEqual(['statement', 'statement', 'rows', 'rows']);
    const [, , savepoint, twoTables] = transactions;
    // What was rolled back to the savepoint is not in the log.
    expect(savepoint?.rows.map(({ kind, table }) => `${kind} ${table.table}`)).toEqual([
      'write a',
      'write b',
      'delete a',
    ]);
    // One statement on two tables: both maps come first, only the second event ends it.
    expect(twoTables?.rows.map(({ table, flags }) => [table.table, flags & 1])).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
  });

  test('a table created from a query is one transaction with its rows [T11]', () => {
    const { transactions } = assemble(fixtureEvents('mysql-statements'));
    const [created] = transactions.filter(({ kind }) => kind === 'create-select');
    expect(created?.statement?.statement.toString()).toMatch(/START TRANSACTION$/);
    expect(created?.rows.map(({ kind }) => kind)).toEqual(['write']);
  });

  test('XA: the rows, and the outcome on its own', () => {
    const { transactions } = assemble(fixtureEvents('mysql-xa'));
    const xa = transactions.filter(({ kind }) => kind !== 'statement');
    expect(
      xa.map(({ kind, statement, rows }) => [kind, statement?.statement.toString(), rows.length]),
    ).toEqual([
      ['xa', "XA START X'7831',X'',1", 1],
      ['xa-outcome', "XA COMMIT X'7831',X'',1", 0],
    ]);
  });

  test('XA in one phase is a transaction like any other', () => {
    const { transactions } = assemble(fixtureEvents('mysql-xa-one-phase'));
    const last = transactions.at(-1);
    expect([last?.kind, last?.statement, last?.rows.length]).toEqual(['rows', null, 1]);
  });

  test('checksums switched off and on again between files', () => {
    const { transactions, error } = assemble(fixtureEvents('mysql-checksum-changes'));
    expect(error).toBeNull();
    expect(new Set(transactions.map(({ file }) => file)).size).toBe(4);
    expect(transactions.filter(({ kind }) => kind === 'rows').flatMap(({ rows }) => valuesOf(rows))).toEqual([
      1, 2, 3,
    ]);
  });

  test('without GTIDs', () => {
    for (const fixture of ['mysql-anonymous', 'mysql56-types']) {
      expect(assemble(fixtureEvents(fixture)).transactions.every(({ gtid }) => gtid === null)).toBe(true);
    }
  });

  test('statements among the rows: what a MySQL server logs in STATEMENT format', () => {
    const { transactions, error } = assemble(fixtureEvents('mysql-statement-format'));
    expect(error).toBeNull();
    expect(transactions.filter(({ kind }) => kind === 'mixed').length).toBeGreaterThan(0);
  });

  test('to a reader that claims to know nothing, MariaDB sends a comment for each event of its own', () => {
    const { transactions, error } = assemble(fixtureEvents('mariadb-transactions'));
    expect(error).toBeNull();
    expect(transactions.filter(({ kind }) => kind === 'mixed')).toEqual([]);
  });

  test('a flipped bit anywhere in an event with a checksum is found [P4]', () => {
    const events = fixtureEvents('mysql-transactions');
    events.forEach((own, i) => {
      // The header's own length and flags, and the first rotate event, tell whether there is a checksum at all.
      if (i < 2) return;
      const bit = (i * 131) % (8 * (own.length - 19));
      const broken = Buffer.from(own);
      broken[19 + (bit >> 3)] = (broken[19 + (bit >> 3)] ?? 0) ^ (1 << (bit & 7));
      expect(assemble([...events.slice(0, i), broken]).error).toEqual(refused('TR_STREAM_CHECKSUM'));
    });
  });
});

describe('places', () => {
  test('offsets beyond 4 GiB are exact although headers wrap [T13]', () => {
    const start = 4 * gib - 150;
    const log = new EventLog({ offset: start }).insert(1, 10).insert(2, 20);
    const { transactions, position } = assemble(log.events);
    const [first, second] = transactions;
    expect(first?.startOffset).toBe(start);
    expect(second?.startOffset).toBe(first?.endOffset);
    expect(second?.endOffset).toBe(log.offset);
    expect(position).toEqual({ file: 'binlog.000001', offset: log.offset });
    expect(log.offset).toBeGreaterThan(4 * gib);
  });

  test('a dump from beyond 8 GiB', () => {
    const log = new EventLog({ offset: 9 * gib + 17 }).insert(1, 10);
    expect(assemble(log.events).transactions[0]?.startOffset).toBe(9 * gib + 17);
  });

  test('a heartbeat tells how far the source is, and does not move back [T13]', () => {
    const log = new EventLog().insert(1, 10);
    const at = (position: number): Buffer =>
      event(EventType.Heartbeat, Buffer.from('binlog.000001'), { nextPosition: position, checksum: true });
    expect(assemble([...log.events, at(log.offset)]).position.offset).toBe(log.offset);
    expect(assemble([...log.events, at(0)]).position.offset).toBe(log.offset);
  });

  test('transactions before a given offset of the first file are passed over, later files are not', () => {
    const log = new EventLog().insert(1, 10);
    const border = log.offset;
    log.insert(2, 20).add(EventType.Rotate, rotateBody('binlog.000002', 4));
    const next = new EventLog({ file: 'binlog.000002' }).insert(3, 30);
    const events = [...log.events, ...next.events];
    const { transactions, passedBytes } = assemble(events, { skipBefore: border });
    expect(transactions.flatMap(({ rows }) => valuesOf(rows))).toEqual([20, 30]);
    expect(passedBytes + transactions.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(totalBytes(events));
  });

  test.each([true, false])('artificial rotate events, checksums %s [T13]', (checksum) => {
    const log = new EventLog({ checksum }).insert(1, 10);
    const next = new EventLog({ checksum, file: 'bin.7' });
    const { position, error } = assemble([...log.events, ...next.events]);
    expect(error).toBeNull();
    expect(position.file).toBe('bin.7');
  });

  test('the first rotate event has a checksum if we asked for one, whatever the file has', () => {
    const rotate = event(EventType.Rotate, rotateBody('binlog.000009', 4), { flags: 0x20, checksum: true });
    const { position, error } = assemble([rotate, formatDescription(false, 120)]);
    expect(error).toBeNull();
    expect(position).toEqual({ file: 'binlog.000009', offset: 120 });
  });

  test('once events have checksums, an artificial rotate event must have one', () => {
    const log = new EventLog();
    const rotate = event(EventType.Rotate, rotateBody('binlog.000002', 4), { flags: 0x20 });
    expect(assemble([...log.events, rotate]).error).toEqual(refused('TR_STREAM_CHECKSUM'));
  });
});

describe('large transactions', () => {
  const large = (): EventLog => {
    const log = new EventLog().gtid().query('BEGIN').add(EventType.TableMap, tableMapBody({ columns }));
    for (let i = 0; i < 10; i++) log.add(EventType.WriteRows, insertBody(i, 1, i === 9 ? 1 : 0));
    return log.add(EventType.Xid, xidBody);
  };

  test('are handed on before their end, and every byte is accounted for [P5, T15]', async () => {
    const { events } = large();
    const { transactions, passedBytes, position } = assemble(events, { transactionBytesMax: 250 });
    const [head] = transactions;
    if (head === undefined || head.tail === null) throw new Error('the transaction has no tail');
    expect(transactions.length).toBe(1);
    expect(head.bytes).toBeLessThan(400);
    let rows = [...head.rows];
    let bytes = head.bytes;
    for (let batch = await head.tail.take(); batch !== null; batch = await head.tail.take()) {
      rows = [...rows, ...batch.steps.flatMap((step) => (step.kind === 'rows' ? step.rows : []))];
      bytes += batch.bytes;
    }
    expect(valuesOf(rows)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(head.tail.end?.endOffset).toBe(position.offset);
    expect(bytes + (head.tail.end?.bytes ?? 0) + passedBytes).toBe(totalBytes(events));
  });

  test('one that is not larger than may be held is given whole', () => {
    const { transactions } = assemble(large().events, { transactionBytesMax: 10_000 });
    expect(transactions.map(({ tail, rows }) => [tail, rows.length])).toEqual([[null, 10]]);
  });

  test('a stream that breaks before the end breaks the tail', async () => {
    const transactions: Transaction[] = [];
    const assembler = new Assembler(
      '',
      { transaction: (own) => void transactions.push(own), passed: () => undefined },
      {
        budget: new ByteBudget(Infinity),
        transactionBytesMax: 250,
        transactionRowsMax: Infinity,
        skipBefore: 0,
      },
    );
    for (const own of large().events.slice(0, -3)) assembler.feed(own);
    const tail = transactions[0]?.tail;
    expect(await tail?.take()).not.toBeNull();
    const next = tail?.take();
    assembler.abort(new Error('cut off'));
    await expect(next).rejects.toThrow('cut off');
    expect(tail?.end).toBeNull();
  });
});

describe('table maps', () => {
  const mapped = (tableId: number, table: string): Buffer => tableMapBody({ tableId, table, columns });

  test('a repeated one is the same object, another one is not', () => {
    const log = new EventLog().insert(1, 1).insert(2, 2);
    log.gtid(3).query('BEGIN').add(EventType.TableMap, mapped(1, 'renamed'));
    log.add(EventType.WriteRows, insertBody(3)).add(EventType.Xid, xidBody);
    const [a, b, c] = assemble(log.events).transactions.map(({ rows }) => rows[0]?.table);
    expect(b).toBe(a);
    expect(c?.table).toBe('renamed');
  });

  test('rows after the end of a statement need their map again', () => {
    const log = new EventLog().gtid().query('BEGIN').add(EventType.TableMap, mapped(1, 't'));
    log.add(EventType.WriteRows, insertBody(1)).add(EventType.WriteRows, insertBody(2));
    expect(assemble(log.events).error).toEqual(refused('TR_STREAM_CORRUPT'));
  });

  test('an event of the dummy table id only ends a statement', () => {
    const log = new EventLog().gtid().query('BEGIN').add(EventType.TableMap, mapped(1, 't'));
    log.add(EventType.WriteRows, insertBody(1, 1, 0)).add(EventType.WriteRows, insertBody(0, 0xffffff));
    log.add(EventType.Xid, xidBody);
    const { transactions, error } = assemble(log.events);
    expect(error).toBeNull();
    expect(transactions.flatMap(({ rows }) => valuesOf(rows))).toEqual([1]);
  });

  test('a row event of a table that was not announced stops the link', () => {
    const log = new EventLog().gtid().query('BEGIN').add(EventType.WriteRows, insertBody(1));
    expect(assemble(log.events).error).toEqual(refused('TR_STREAM_CORRUPT'));
  });
});

describe('events that do not belong', () => {
  const open = (): EventLog => new EventLog().gtid().query('BEGIN');
  const cases: [string, EventLog][] = [
    ['rows outside of a transaction', new EventLog().add(EventType.WriteRows, insertBody(1))],
    [
      'a table map outside of a transaction',
      new EventLog().add(EventType.TableMap, tableMapBody({ columns })),
    ],
    ['rows before BEGIN', new EventLog().gtid().add(EventType.WriteRows, insertBody(1))],
    ['an end outside of a transaction', new EventLog().add(EventType.Xid, xidBody)],
    ['a GTID inside of a transaction', open().add(EventType.Gtid, gtidBody(2))],
    ['a rotate inside of a transaction', open().add(EventType.Rotate, rotateBody('binlog.000002', 4))],
  ];
  test.each(cases)('%s', (_, { events }) => {
    expect(assemble(events).error).toEqual(refused('TR_STREAM_CORRUPT'));
  });

  test('a new file inside of a transaction', () => {
    const rotate = event(EventType.Rotate, rotateBody('binlog.000002', 4), { flags: 0x20, checksum: true });
    for (const own of [rotate, formatDescription(true)]) {
      expect(assemble([...open().events, own]).error).toEqual(refused('TR_STREAM_CORRUPT'));
    }
  });

  test('anything before the format description', () => {
    expect(assemble([event(EventType.Gtid, gtidBody(1))]).error).toEqual(refused('TR_STREAM_CORRUPT'));
  });

  test('an event whose length is not what its header says', () => {
    const [rotate, description] = new EventLog().events;
    if (rotate === undefined || description === undefined) throw new Error('a log begins with two events');
    for (const own of [
      Buffer.alloc(0),
      Buffer.alloc(18),
      description.subarray(0, 50),
      Buffer.concat([description, rotate]),
    ]) {
      expect(assemble([rotate, own]).error).toEqual(refused('TR_STREAM_CORRUPT'));
    }
  });
});

describe('kinds of events that are not applied', () => {
  test.each([
    ['Incident', 'TR_EVENT_INCIDENT'],
    ['BeginLoadQuery', 'TR_STATEMENT_FORMAT'],
    ['AppendBlock', 'TR_STATEMENT_FORMAT'],
    ['ExecuteLoadQuery', 'TR_STATEMENT_FORMAT'],
    ['DeleteFile', 'TR_STATEMENT_FORMAT'],
    ['TransactionPayload', 'TR_STREAM_CORRUPT'],
    ['XaPrepare', 'TR_STREAM_CORRUPT'],
    ['StartV3', 'TR_EVENT_UNKNOWN'],
    ['Load', 'TR_EVENT_UNKNOWN'],
    ['NewLoad', 'TR_EVENT_UNKNOWN'],
  ] as const)('%s: %s, inside of a transaction and outside [P4]', (name, code) => {
    const body = Buffer.from([1, 0, 5, ...Buffer.from('hello')]);
    expect(assemble(new EventLog().add(EventType[name], body).events).error).toEqual(refused(code));
    const inside = new EventLog().gtid().query('BEGIN').add(EventType[name], body);
    expect(assemble(inside.events).error).toEqual(refused(code));
  });

  test('the message of an incident is shown [T13]', () => {
    const body = Buffer.from([1, 0, 11, ...Buffer.from('LOST_EVENTS')]);
    expect(assemble(new EventLog().add(EventType.Incident, body).events).error).toMatchObject({
      why: 'LOST_EVENTS',
    });
  });

  test('an unknown event that may be ignored is passed over between any two events, and its bytes are counted', () => {
    // Without a place in the file, so that those behind it keep theirs.
    const padding = event(100, Buffer.alloc(905, '*'), { flags: 0x80, checksum: true });
    const plain = new EventLog().insert(1, 10).insert(2, 11);
    const expected = assemble(plain.events).transactions;
    for (let at = 2; at <= plain.events.length; at++) {
      const padded = plain.events.toSpliced(at, 0, padding);
      const { transactions, error, passedBytes } = assemble(padded);
      expect([at, error]).toEqual([at, null]);
      expect(transactions.map(({ rows }) => rows.length)).toEqual(expected.map(({ rows }) => rows.length));
      const counted = transactions.reduce((sum, { bytes }) => sum + bytes, passedBytes);
      expect(counted).toBe(totalBytes(padded));
    }
  });

  test('an unknown event that may be ignored is, and one that may not is not', () => {
    const ignorable = 0x80;
    const log = new EventLog().add(99, Buffer.alloc(5), ignorable).insert(1, 10);
    const { transactions, error, passedBytes } = assemble(log.events);
    expect([transactions.length, error]).toEqual([1, null]);
    expect(passedBytes).toBeGreaterThan(5);
    for (const flags of [0, 1]) {
      expect(assemble(new EventLog().add(99, Buffer.alloc(5), flags).events).error).toEqual(
        refused('TR_EVENT_UNKNOWN'),
      );
      const inside = new EventLog().gtid().query('BEGIN').add(99, Buffer.alloc(5), flags);
      expect(assemble(inside.events).error).toEqual(refused('TR_EVENT_UNKNOWN'));
    }
  });
});

import { describe, expect, test } from '@jest/globals';
import { EventType } from '../../../src/binlog/event-type.js';
import { isBegin, readQueryEvent } from '../../../src/binlog/query-event.js';
import { type SessionContext, sessionFlags } from '../../../src/binlog/session-context.js';
import { event, queryBody, u16, u32, u64 } from '../../support/binlog-events.js';
import { assemble, fixtureEvents } from '../../support/binlog-fixture.js';

const contextOf = (status: Buffer): SessionContext =>
  readQueryEvent(event(EventType.Query, queryBody('SELECT 1', { status }))).context;

const code = (value: number, ...rest: Buffer[]): Buffer => Buffer.concat([Buffer.from([value]), ...rest]);
const counted = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);

describe('what a real source logged', () => {
  const statements = assemble(fixtureEvents('mysql-statements')).transactions.flatMap(({ statement }) =>
    statement === null ? [] : [{ ...statement, text: statement.statement.toString() }],
  );
  const like = (pattern: RegExp): SessionContext => {
    const found = statements.find(({ text }) => pattern.test(text));
    if (found === undefined) throw new Error(`the fixture has no ${pattern}`);
    return found.context;
  };

  test('character sets, sql_mode and auto_increment of the session', () => {
    const context = like(/^CREATE DATABASE/);
    expect(context.charset).toEqual({ client: 8, connection: 8, server: 255 });
    // ANSI_QUOTES and NO_ZERO_DATE.
    expect(context.sqlMode).toBe(4n | 16_777_216n);
    expect(context.autoIncrement).toEqual({ increment: 3, offset: 2 });
    expect(context.lcTimeNames).toBe(16);
    expect(context.defaultTableEncryption).toBe(false);
    expect(context.defaultCollationForUtf8mb4).toBe(255);
  });

  test('time zone and microseconds where the statement used them', () => {
    const context = like(/^ALTER TABLE/);
    expect(context.timeZone).toBe('+02:00');
    expect(context.microseconds).toBeGreaterThan(0);
    expect(context.explicitDefaultsForTimestamp).toBe(true);
    expect(like(/^CREATE DATABASE/).timeZone).toBeNull();
  });

  test('checks that were off, and the invoker', () => {
    const flags = like(/TRIGGER/).flags2 ?? 0;
    expect(flags & sessionFlags.noForeignKeyChecks).not.toBe(0);
    expect(flags & sessionFlags.relaxedUniqueChecks).not.toBe(0);
    expect(like(/TRIGGER/).invoker).toEqual({ user: 'root', host: '%' });
    expect(like(/^CREATE DATABASE/).flags2).toBe(0);
  });

  test('schema and kind of statement', () => {
    expect(statements.find(({ text }) => /^DROP DATABASE/.test(text))?.schema).toBe('fix_db');
    expect(statements.find(({ text }) => /^CREATE TABLE plain/.test(text))?.schema).toBe('fix');
  });

  test('5.6 says less', () => {
    const [first] = assemble(fixtureEvents('mysql56-statements')).transactions;
    expect(first?.statement?.context).toMatchObject({
      sqlMode: 4n,
      charset: { client: 45, connection: 45, server: 8 },
      explicitDefaultsForTimestamp: null,
      defaultCollationForUtf8mb4: null,
    });
  });
});

describe('status variables made by hand', () => {
  test('every one that a server may write is read or stepped over', () => {
    const context = contextOf(
      Buffer.concat([
        code(0, u32(sessionFlags.autoIsNull | sessionFlags.notAutocommit)),
        code(1, u64(1_411_383_296n)),
        code(2, counted('std'), Buffer.from([0])),
        code(3, u16(10), u16(7)),
        code(4, u16(33), u16(45), u16(255)),
        code(5, counted('Europe/Vienna')),
        code(6, counted('std')),
        code(7, u16(4)),
        code(8, u16(46)),
        code(9, u64(3)),
        code(10, u32(1)),
        code(11, counted('me'), counted('here')),
        code(12, Buffer.from([2]), Buffer.from('one\0two\0')),
        code(13, Buffer.from([0x40, 0xe2, 0x01])),
        code(14, Buffer.alloc(7)),
        code(15, Buffer.alloc(14)),
        code(16, Buffer.from([1])),
        code(17, u64(99)),
        code(18, u16(45)),
        code(19, Buffer.from([1])),
        code(20, Buffer.from([1])),
        code(130, Buffer.from([0])),
        code(131, Buffer.from([2]), u16(45), u16(2304), u16(33), u16(2048)),
        code(130, Buffer.from([4]), u64(77)),
      ]),
    );
    expect(context).toEqual({
      charsetCollations: [
        { charset: 45, collation: 2304 },
        { charset: 33, collation: 2048 },
      ],
      alterPhase: 'commit',
      flags2: 0x4000 | 0x80000,
      sqlMode: 1_411_383_296n,
      autoIncrement: { increment: 10, offset: 7 },
      charset: { client: 33, connection: 45, server: 255 },
      timeZone: 'Europe/Vienna',
      lcTimeNames: 4,
      collationDatabase: 46,
      invoker: { user: 'me', host: 'here' },
      microseconds: 123_456,
      explicitDefaultsForTimestamp: true,
      defaultCollationForUtf8mb4: 45,
      requirePrimaryKey: true,
      defaultTableEncryption: true,
    });
  });

  test('too many schemas to list', () => {
    expect(contextOf(Buffer.concat([code(12, Buffer.from([254])), code(7, u16(4))])).lcTimeNames).toBe(4);
  });

  test('one that is not known stops the link: its length is not known either', () => {
    expect(() => contextOf(Buffer.from([99, 0]))).toThrow(
      expect.objectContaining({ code: 'TR_EVENT_UNKNOWN' }),
    );
  });

  test.each([
    ['a list of schemas that does not end', code(12, Buffer.from([2]), Buffer.from('one\0tw'))],
    ['a time zone longer than the event', code(5, Buffer.from([200]), Buffer.from('UTC'))],
    ['an invoker without a host', code(11, counted('me'))],
  ])('%s is corrupt', (_, status) => {
    expect(() => contextOf(status)).toThrow(expect.objectContaining({ code: 'TR_STREAM_CORRUPT' }));
  });
});

describe('isBegin', () => {
  const query = (statement: string, status: Buffer = Buffer.alloc(0), schema = ''): Buffer =>
    event(EventType.Query, queryBody(statement, { schema, status }));

  test('finds BEGIN behind any session context', () => {
    expect(isBegin(query('BEGIN'))).toBe(true);
    expect(isBegin(query('BEGIN', code(5, counted('UTC')), 'a_schema'))).toBe(true);
  });

  test('nothing else is one', () => {
    for (const statement of ['COMMIT', 'BEGINS', 'begin', '', 'XBEGIN'])
      expect(isBegin(query(statement))).toBe(false);
    expect(isBegin(query('BEGIN').subarray(0, 25))).toBe(false);
  });
});

import { describe, expect, test } from '@jest/globals';
import { EventType } from '../../../src/binlog/event-type.js';
import { readQueryEvent } from '../../../src/binlog/query-event.js';
import { readXaPrepareEvent, readXaStatement } from '../../../src/binlog/xa-event.js';
import { event, EventLog, queryBody, u32 } from '../../support/binlog-events.js';
import { assemble } from '../../support/binlog-fixture.js';

interface XidParts {
  readonly onePhase?: boolean;
  readonly formatId?: number;
  readonly transaction?: Buffer;
  readonly branch?: Buffer;
}

const prepareBody = ({
  onePhase = false,
  formatId = 1,
  transaction = Buffer.from('t'),
  branch = Buffer.alloc(0),
}: XidParts): Buffer =>
  Buffer.concat([
    Buffer.from([onePhase ? 1 : 0]),
    u32(formatId),
    u32(transaction.length),
    u32(branch.length),
    transaction,
    branch,
  ]);
const read = (body: Buffer): unknown => readXaPrepareEvent(event(EventType.XaPrepare, body));
const statement = (text: string): unknown =>
  readXaStatement(readQueryEvent(event(EventType.Query, queryBody(text))));
const corrupt = expect.objectContaining({ code: 'TR_STREAM_CORRUPT' });

describe('an XA_prepare event', () => {
  test.each([
    [{}, false, "X'74',X'',1"],
    [{ onePhase: true, branch: Buffer.from([0, 255]) }, true, "X'74',X'00ff',1"],
    [
      { formatId: 0xffffffff, transaction: Buffer.alloc(64, 0xab) },
      false,
      `X'${'ab'.repeat(64)}',X'',4294967295`,
    ],
  ])('%#', (parts, onePhase, xid) => {
    expect(read(prepareBody(parts))).toEqual({ onePhase, xid });
  });

  test('parts that are too long, or not there', () => {
    expect(() => read(prepareBody({ transaction: Buffer.alloc(65) }))).toThrow(corrupt);
    expect(() => read(prepareBody({ branch: Buffer.alloc(65) }))).toThrow(corrupt);
    const body = prepareBody({ branch: Buffer.alloc(9) });
    for (let length = 0; length < body.length; length++) {
      expect(() => read(body.subarray(0, length))).toThrow(corrupt);
    }
  });
});

test('XA statements as servers log them, in either case of their digits', () => {
  expect(statement("XA COMMIT X'6F70',X'',1")).toEqual({ verb: 'COMMIT', xid: "X'6f70',X'',1" });
  expect(statement("XA ROLLBACK X'',X'00',12")).toEqual({ verb: 'ROLLBACK', xid: "X'',X'00',12" });
  for (const other of ["XA START 'a'", "XA START X'1',X'',1", "XA START X'11',X'',1 JOIN", "XA END X'11'"]) {
    expect(statement(other)).toBeNull();
  }
});

test('an XA transaction that ends as another one began stops the link', () => {
  const ending = (start: string): unknown =>
    assemble(new EventLog().gtid().query(start).add(EventType.XaPrepare, prepareBody({})).events).error;
  expect(ending("XA START X'74',X'',1")).toBeNull();
  for (const start of ["XA START X'75',X'',1", "XA START X'74',X'',2", 'BEGIN']) {
    expect(ending(start)).toEqual(corrupt);
  }
});

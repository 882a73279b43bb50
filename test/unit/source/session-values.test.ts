import { describe, expect, test } from '@jest/globals';
import { EventType } from '../../../src/binlog/event-type.js';
import { EventLog, u32, xidBody } from '../../support/binlog-events.js';
import { assemble } from '../../support/binlog-fixture.js';

const integer = Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0x80])]);
const variable = (type: number, value: Buffer, flags = 0): Buffer =>
  Buffer.concat([
    u32(1),
    Buffer.from('a'),
    Buffer.from([0, type]),
    u32(45),
    u32(value.length),
    value,
    Buffer.from([flags]),
  ]);
const double = Buffer.alloc(8);
double.writeDoubleLE(0.1);
const most = Buffer.alloc(8, 0xff);

describe('values that a statement takes from its session', () => {
  test.each([
    ['Intvar', integer, { kind: 'insert-id', value: 2n ** 63n }],
    ['Rand', Buffer.concat([most, Buffer.alloc(8)]), { kind: 'random', seeds: [2n ** 64n - 1n, 0n] }],
    [
      'UserVar',
      Buffer.concat([u32(1), Buffer.from('a'), Buffer.from([1])]),
      { kind: 'variable', name: 'a', value: { kind: 'null' } },
    ],
    [
      'UserVar',
      variable(0, Buffer.from('x')),
      { kind: 'variable', name: 'a', value: { kind: 'text', bytes: Buffer.from('x'), collation: 45 } },
    ],
    [
      'UserVar',
      variable(1, double),
      { kind: 'variable', name: 'a', value: { kind: 'number', text: '1e-1' } },
    ],
    ['UserVar', variable(2, most), { kind: 'variable', name: 'a', value: { kind: 'number', text: '-1' } }],
    [
      'UserVar',
      variable(2, most, 1),
      { kind: 'variable', name: 'a', value: { kind: 'number', text: '18446744073709551615' } },
    ],
    [
      'UserVar',
      variable(4, Buffer.from([4, 2, 0x8c, 0x32])),
      { kind: 'variable', name: 'a', value: { kind: 'number', text: '12.50' } },
    ],
  ] as const)(
    '%s goes with the lone statement behind it, with a GTID and without: %#',
    (name, body, value) => {
      for (const log of [new EventLog().gtid(), new EventLog()]) {
        const { transactions, error } = assemble(
          log.add(EventType[name], body).query('CREATE EVENT e').events,
        );
        expect(error).toBeNull();
        expect(transactions.map(({ kind, statement }) => ({ kind, values: statement?.values }))).toEqual([
          { kind: 'statement', values: [value] },
        ]);
      }
    },
  );

  test.each([
    ['Intvar', integer],
    ['Rand', Buffer.alloc(16)],
    ['UserVar', variable(1, double)],
  ] as const)(
    '%s goes with the statement behind it in a transaction, and stops the link before one',
    (name, body) => {
      const inside = new EventLog()
        .gtid()
        .query('BEGIN')
        .add(EventType[name], body)
        .query('UPDATE t SET a = 1');
      const { transactions: whole } = assemble(inside.add(EventType.Xid, xidBody).events);
      expect(whole.map(({ kind, rows }) => [kind, rows.length])).toEqual([['mixed', 0]]);
      const [step] = whole[0]?.steps ?? [];
      expect(step?.kind === 'statement' && step.statement.values?.length).toBe(1);
      const alone = new EventLog()
        .gtid()
        .query('BEGIN')
        .add(EventType[name], body)
        .add(EventType.Xid, xidBody);
      const before = new EventLog()
        .gtid()
        .add(EventType[name], body)
        .query('BEGIN')
        .add(EventType.Xid, xidBody);
      for (const { events } of [alone, before]) {
        const { transactions, error } = assemble(events);
        expect(transactions).toEqual([]);
        expect(error).toMatchObject({ code: 'TR_STATEMENT_FORMAT' });
      }
    },
  );
});

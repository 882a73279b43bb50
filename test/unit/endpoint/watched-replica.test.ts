import { beforeEach, describe, expect, test } from '@jest/globals';
import { EventType } from '../../../src/binlog/event-type.js';
import { readRowsEvent, RowsFlag, type RowsEvent } from '../../../src/binlog/rows-event.js';
import { defaultLinkSettings } from '../../../src/config/resolve-config.js';
import { parseServerUrl } from '../../../src/config/server-url.js';
import { replicaEndpointDefaults } from '../../../src/endpoint/endpoint-settings.js';
import { WatchedReplica } from '../../../src/endpoint/watched-replica.js';
import { localMicros } from '../../../src/lag/local-micros.js';
import type { Transaction } from '../../../src/transaction/transaction.js';
import { event, rowImage, rowsBody, tableMap } from '../../support/binlog-events.js';
import { transactionOf } from '../../support/plan-events.js';

const second = 1_000_000;
const longtype = 3;
let replica: WatchedReplica;

beforeEach(() => {
  const [source, target] = ['mysql://u@s', 'mysql://u@r'].map(parseServerUrl);
  const own = { ...replicaEndpointDefaults, zone: 'north', weight: 7 };
  replica = new WatchedReplica(defaultLinkSettings(source!, target!), own, {
    onEpoch: () => undefined,
    onLook: () => undefined,
    hotKeys: true,
  });
  const now = localMicros();
  replica.lag.meter.clockSample(now, now, now);
});

function rows(kind: 'write' | 'delete', table: string, flags = 0): RowsEvent {
  const type = kind === 'write' ? EventType.WriteRows : EventType.DeleteRows;
  const map = tableMap({ schema: 's', table, columns: [{ type: longtype }] });
  const images = [rowImage([Buffer.from([1, 0, 0, 0])])];
  return readRowsEvent(event(type, rowsBody(type, { columnCount: 1, images, flags: flags | 1 })), map);
}

/** The replica receives a transaction that was committed so many seconds ago. */
function receive(secondsAgo: number, changes: readonly RowsEvent[], more: Partial<Transaction> = {}): void {
  const immediateCommitMicros = localMicros() - secondsAgo * second;
  replica.lag.received({ ...transactionOf([], [], 1), immediateCommitMicros, rows: changes, ...more });
}

/** Tables `a` and `b` have changed, and the replica has it all; it will wait for what comes. */
function change(): void {
  receive(0, [rows('write', 'a'), rows('write', 'b')]);
  replica.lag.committed(1, 0, localMicros(), null);
}

const lagOf = (...tables: readonly string[]): number | null =>
  replica.tablesLag(
    tables.map((table) => ['s', table] as const),
    10_000,
  ).lagMicros;

describe('the lag of single tables', () => {
  test('is that of the worst', () => {
    change();
    receive(40, [rows('write', 'a')]);
    receive(0, [rows('write', 'b')]);
    replica.lag.meter.heard(localMicros(), true);
    expect(lagOf('a')).toBeGreaterThan(39 * second);
    expect(lagOf('b')).toBeLessThan(39 * second);
    expect(lagOf('b', 'a')).toBeGreaterThan(39 * second);
    expect(lagOf('never_seen')).toBeGreaterThan(39 * second);
  });

  test.each([
    ['a statement', [], { kind: 'statement' }],
    ['a table created with its rows', [rows('write', 'a')], { kind: 'create-select' }],
    ['XA rows, of which nothing shows yet', [rows('write', 'a')], { kind: 'xa' }],
    ['an XA outcome', [], { kind: 'xa-outcome' }],
    ['a transaction larger than memory', [rows('write', 'a')], { tail: {} }],
    ['rows whose foreign keys work unseen', [rows('delete', 'a')], {}],
  ] as unknown as readonly (readonly [string, RowsEvent[], Partial<Transaction>])[])(
    '%s may change any table [P18]',
    (_, changes, more) => {
      change();
      receive(40, changes, more);
      replica.lag.meter.heard(localMicros(), true);
      expect(lagOf('b')).toBeGreaterThan(39 * second);
      replica.lag.committed(1, 0, localMicros(), null);
      expect(lagOf('b')).toBe(0);
    },
  );

  test.each([
    ['rows that come', 'write', 0],
    ['rows whose foreign keys were logged', 'delete', RowsFlag.SqlForeignKey],
    ['rows that were changed without a look at foreign keys', 'delete', RowsFlag.NoForeignKeyChecks],
  ] as const)('%s change their own', (_, kind, flags) => {
    change();
    receive(40, [rows(kind, 'a', flags)]);
    receive(0, [rows('write', 'a')]);
    replica.lag.meter.heard(localMicros(), true);
    expect(lagOf('a')).toBeGreaterThan(39 * second);
    expect(lagOf('b')).toBe(0);
  });

  test('lifts nothing from a replica that is not known to answer', () => {
    change();
    receive(40, [rows('write', 'a')]);
    expect(replica.tablesLag([['s', 'b']], 10_000).isOutForLag).toBe(false);
  });
});

test('a replica stands where it was said to, with the weight that it was given', () => {
  expect(replica.inputs()).toMatchObject({ zone: 'north', weight: 7 });
});

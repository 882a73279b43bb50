import { describe, expect, test } from '@jest/globals';
import { ByteBudget } from '../../../src/transaction/byte-budget.js';
import { SpareMemory } from '../../../src/transaction/event-slab.js';
import { bytesOf, releaseTransaction, type Transaction } from '../../../src/transaction/transaction.js';
import { TransactionTail } from '../../../src/transaction/transaction-tail.js';
import { drainTail } from '../../../src/transaction/drain-tail.js';
import { wayOf } from '../../../src/transaction/way-of.js';
import { transactionOf } from '../../support/plan-events.js';

/** A transaction of 700 bytes in one slab. */
function held(budget: ByteBudget, tail: TransactionTail | null = null) {
  const slab = new SpareMemory().slab(1000);
  slab.hold();
  slab.seal();
  budget.hold(700);
  const transaction: Transaction = {
    ...transactionOf([], [], 1),
    budget,
    bytes: 700,
    slabs: slab.alone,
    tail,
  };
  return { transaction, isFree: () => slab.bytes.buffer.byteLength === 0 };
}

describe('a transaction gives back what it holds', () => {
  test('bytes of the budget and slabs together', () => {
    const budget = new ByteBudget(Infinity);
    const { transaction, isFree } = held(budget);
    expect([budget.heldBytes, isFree()]).toEqual([700, false]);
    releaseTransaction(transaction);
    expect([budget.heldBytes, isFree()]).toEqual([0, true]);
  });

  test('its head before its tail is read, and the tail as it is applied', async () => {
    const budget = new ByteBudget(Infinity);
    const tail = new TransactionTail(budget);
    const { transaction, isFree } = held(budget, tail);
    budget.hold(50);
    tail.pushStep({ kind: 'rollback' }, 50);
    let heldInTail = -1;
    const draining = drainTail(transaction, {
      rows: () => Promise.resolve(),
      rollback: () => {
        heldInTail = budget.heldBytes;
        return Promise.resolve();
      },
    });
    await Promise.resolve();
    budget.hold(8);
    tail.finish({ endOffset: 10, onePhase: false, bytes: 8 });
    await draining;
    expect([heldInTail, budget.heldBytes, isFree()]).toEqual([50, 0, true]);
    expect(bytesOf(transaction)).toBe(758);
  });

  test('a budget that is full has room again when a quarter is free', () => {
    const told: string[] = [];
    const budget = new ByteBudget(100, { full: () => told.push('full'), room: () => told.push('room') });
    budget.hold(99);
    expect(told).toEqual([]);
    budget.hold(1);
    budget.release(24);
    expect([told, budget.isFull]).toEqual([['full'], true]);
    budget.release(1);
    expect([told, budget.isFull]).toEqual([['full', 'room'], false]);
  });
});

test('every kind of transaction has one way to the replica', () => {
  const rows = transactionOf([], [], 1);
  const tail = new TransactionTail(rows.budget);
  const none = { canRollBack: () => false };
  const all = { canRollBack: () => true };
  expect([wayOf(rows), wayOf(rows, all), wayOf(rows, none)]).toEqual(['epoch', 'epoch', 'alone']);
  expect(wayOf({ ...rows, tail }, none)).toBe('streamed');
  const kinds = ['statement', 'create-select', 'mixed', 'xa', 'xa-outcome'] as const;
  expect(kinds.map((kind) => wayOf({ ...rows, kind, tail }))).toEqual([
    'statement',
    'statement',
    'statement',
    'xa',
    'xa',
  ]);
});

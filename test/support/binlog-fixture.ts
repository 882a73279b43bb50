import { readFileSync } from 'node:fs';
import { Assembler } from '../../src/source/assembler.js';
import type { AssemblerOptions } from '../../src/source/assembler-options.js';
import { EventIntake } from '../../src/source/event-intake.js';
import { CountingBudget } from './counting-budget.js';
import type { Transaction } from '../../src/transaction/transaction.js';

/** The events of a file in test/fixtures/binlog, as a real source sent them. */
export function fixtureEvents(name: string): Buffer[] {
  const bytes = readFileSync(new URL(`../fixtures/binlog/${name}.bin`, import.meta.url));
  const events: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + bytes.readUInt32LE(at + 9);
    events.push(bytes.subarray(at, end));
    at = end;
  }
  return events;
}

/** What an assembler made of events, and the error that ended it. */
export interface Assembled {
  readonly transactions: Transaction[];
  /** Bytes that were told to be held by nobody. */
  readonly passedBytes: number;
  readonly position: { readonly file: string; readonly offset: number };
  readonly error: unknown;
}

/** Feeds events to a fresh assembler until one of them throws. */
export function assemble(
  events: Iterable<Buffer>,
  options: Partial<AssemblerOptions> & { readonly file?: string } = {},
): Assembled {
  const transactions: Transaction[] = [];
  const budget = new CountingBudget(Infinity);
  const assembler = new Assembler(
    options.file ?? '',
    {
      transaction: (transaction) => void transactions.push(transaction),
      passed: () => undefined,
    },
    { budget, transactionBytesMax: 2 ** 30, transactionRowsMax: Infinity, skipBefore: 0, ...options },
  );
  let error: unknown = null;
  const intake = new EventIntake(assembler, budget, {
    unpacking: () => undefined,
    failed: (failure) => void (error = failure),
  });
  try {
    for (const event of events) intake.feed(event, 0, event.length, null);
  } catch (thrown) {
    error = thrown;
  }
  return { transactions, passedBytes: budget.releasedBytes, position: assembler.position, error };
}

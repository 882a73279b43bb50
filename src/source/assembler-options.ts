import type { TableMap } from '../binlog/table-map.js';
import type { StatementTranslator } from '../dialect/statement-translator.js';
import type { Transaction } from '../transaction/transaction.js';

/** Who receives what the assembler makes of the events. */
export interface AssemblerSink {
  /** A whole transaction, or the head of a large one whose `tail` follows. */
  transaction(transaction: Transaction): void;
  /** Bytes of events that were read and are held by nobody: file headers, heartbeats, transactions passed over. */
  passed(bytes: number): void;
}

export interface AssemblerOptions {
  /** A transaction of more bytes is handed on before its end, with a tail; until `limitTransactions` says otherwise. */
  readonly transactionBytesMax: number;
  /** Nor of more rows: a row costs several hundred bytes while an epoch is planned, however short its image is. */
  readonly transactionRowsMax: number;
  /** Tables whose rows are passed over, though the rest of their transaction is not; none without. */
  readonly guard?: {
    owns(table: TableMap): boolean;
    leaveOutRows(table: TableMap): void;
  };
  /** Transactions that begin before this offset of the first file are passed over. */
  readonly skipBefore: number;
  /** Puts statements into terms of the replica; without one they stay as they came. */
  readonly translator?: StatementTranslator;
}

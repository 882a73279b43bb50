import type { TableMap } from '../binlog/table-map.js';
import type { StatementTranslator } from '../dialect/statement-translator.js';
import type { ByteBudget } from '../transaction/byte-budget.js';
import type { Transaction } from '../transaction/transaction.js';

/** Who receives what the assembler makes of the events. */
export interface AssemblerSink {
  /** A whole transaction, or the head of a large one whose `tail` follows. */
  transaction(transaction: Transaction): void;
  /** Events were read and belong to no transaction: file headers, heartbeats, transactions passed over. Their bytes are released. */
  passed(): void;
}

export interface AssemblerOptions {
  /** What the bytes of its transactions count to, once they have arrived. */
  readonly budget: ByteBudget;
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

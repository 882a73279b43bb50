import { RowsFlag, type RowsEvent } from '../binlog/rows-event.js';
import type { TableMap } from '../binlog/table-map.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { Transaction } from '../transaction/transaction.js';
import { countRows, type TableRows } from './count-rows.js';
import type { EpochPlan, PlanDoubt } from './epoch-plan.js';
import { KeylessTable } from './keyless-table.js';
import type { NetChanges } from './net-changes.js';
import { NetTable } from './net-table.js';
import { partition, type PartitionOptions } from './partition.js';
import { strictReason } from './strict-reason.js';
import type { TableTraits } from '../schema/table-traits.js';

/** Gives the traits of a table; they must have been loaded. */
export type TraitsOf = (table: TableMap) => TableTraits;

export interface EpochBuilderOptions extends PartitionOptions {
  readonly rowsMax: number;
  readonly bytesMax: number;
  /**
   * After a crash: the tables that the broken epoch took as strict. Exactly these are strict again, whatever the settings
   * say now, for lane 0's checkpoint speaks of them. null: decide again.
   */
  readonly strictTables: ReadonlySet<string> | null;
}

type Gathered = NetTable | KeylessTable;

/**
 * Gathers consecutive transactions of kind `rows` into one epoch, reducing as they come, and deals the result out to lanes
 * when closed. Pure.
 */
export class EpochBuilder {
  readonly #options: EpochBuilderOptions;
  readonly #traitsOf: TraitsOf;
  readonly #transactions: Transaction[] = [];
  readonly #tables = new Map<string, Gathered>();
  readonly #strictGroups = new Set<string>();
  /** Those that the statement being read has changed. */
  readonly #openKeyless = new Set<KeylessTable>();
  #doubt: PlanDoubt | null = null;
  #rows = 0;
  #bytes = 0;

  constructor(options: EpochBuilderOptions, traitsOf: TraitsOf) {
    this.#options = options;
    this.#traitsOf = traitsOf;
  }

  get isEmpty(): boolean {
    return this.#transactions.length === 0;
  }

  get size(): number {
    return this.#transactions.length;
  }

  /** No further transaction should be added. */
  get isFull(): boolean {
    return this.#rows >= this.#options.rowsMax || this.#bytes >= this.#options.bytesMax;
  }

  /**
   * Whether there is room for its rows, and every table of the transaction has the shape that this epoch knows it by; if not, close
   * this epoch first.
   */
  accepts(transaction: Transaction): boolean {
    if (!this.#hasRoomFor(transaction)) return false;
    for (const { table } of transaction.rows) {
      const known = this.#tables.get(table.name)?.table;
      if (known !== undefined && known !== table && !known.shape.equals(table.shape)) return false;
    }
    return true;
  }

  add(transaction: Transaction): void {
    this.#transactions.push(transaction);
    this.#bytes += transaction.bytes;
    for (const rows of transaction.rows) {
      this.#rows += this.#gather(rows);
      if (this.#openKeyless.size > 0 && (rows.flags & RowsFlag.StatementEnd) !== 0) {
        for (const table of this.#openKeyless) table.endStatement();
        this.#openKeyless.clear();
      }
    }
  }

  /** A row has a byte at least: only what might be too much is counted. */
  #hasRoomFor({ bytes, rows }: Transaction): boolean {
    const left = this.#options.rowsMax - this.#rows;
    return this.isEmpty || bytes <= left || rows.reduce((sum, each) => sum + countRows(each), 0) <= left;
  }

  /** Plans the epoch; the builder is of no use afterwards. */
  close(): EpochPlan {
    const nets: NetChanges[] = [];
    let keylessRows = 0;
    const keyless: NetChanges[] = [];
    const strictTables: string[] = [];
    const tables: TableRows[] = [];
    for (const gathered of this.#tables.values()) {
      if (this.#strictGroups.has(this.#groupOf(gathered))) {
        strictTables.push(gathered.table.name);
        tables.push(tableRows(gathered, gathered.rowsIn));
        continue;
      }
      this.#doubt ??= gathered.doubt;
      if (gathered instanceof KeylessTable) {
        strictTables.push(gathered.table.name);
        tables.push(tableRows(gathered, gathered.rowsIn));
        keylessRows += gathered.rowsIn;
        for (const changes of gathered.close()) keyless.push(changes);
        continue;
      }
      const changes = gathered.close();
      if (this.#options.strictTables !== null) checkRepeatable(changes);
      tables.push(tableRows(gathered, rowsOf(changes)));
      if (changes.states.length > 0 || changes.burnt !== null) nets.push(changes);
    }
    const strict = this.#strictEvents();
    const shares = partition({ strict, keyless, nets }, this.#options);
    return {
      transactions: this.#transactions,
      shares,
      strictTables,
      doubt: this.#doubt,
      bytes: this.#bytes,
      rowsIn: this.#rows,
      rowsOut:
        strict.reduce((sum, rows) => sum + countRows(rows), 0) +
        nets.reduce((sum, changes) => sum + rowsOf(changes), keylessRows),
      tables,
    };
  }

  #gather(rows: RowsEvent): number {
    const { table } = rows;
    let gathered = this.#tables.get(table.name);
    if (gathered === undefined) {
      gathered = this.#open(table);
      this.#tables.set(table.name, gathered);
    }
    if (this.#isStrict(rows, gathered.traits)) this.#strictGroups.add(this.#groupOf(gathered));
    // Rows of a strict group are not gathered any more: its events go in as they came.
    if (this.#strictGroups.size > 0 && this.#strictGroups.has(this.#groupOf(gathered))) {
      const count = countRows(rows);
      gathered.rowsIn += count;
      return count;
    }
    if (!rows.complete) {
      throw new TailraceError('TR_INTERNAL', {
        what: `After a crash, table ${table.name} has events that the half-done epoch cannot have reduced.`,
        why: 'An event lacks columns, and the checkpoint does not list the table as strict.',
      });
    }
    const count = gathered.add(rows);
    if (gathered instanceof KeylessTable) this.#openKeyless.add(gathered);
    gathered.rowsIn += count;
    return count;
  }

  #open(table: TableMap): Gathered {
    const traits = this.#traitsOf(table);
    if (traits.primaryKey === null) return new KeylessTable(table, traits);
    return new NetTable(table, traits, traits.primaryKey);
  }

  /** What is strict as a whole: linked tables together, but after a crash each table as the broken epoch took it. */
  #groupOf({ table, traits }: Gathered): string {
    return this.#options.strictTables === null ? traits.linkGroup : table.name;
  }

  /** Whether this event keeps its whole group from being reduced. */
  #isStrict(rows: RowsEvent, traits: TableTraits): boolean {
    const { strictTables } = this.#options;
    const reason = strictReason(rows, traits);
    if (strictTables === null) return reason !== null;
    // Tables without a key are named, too, although they need not be strict: lane 0 alone has them, now as then.
    return strictTables.has(rows.table.name) && (traits.primaryKey !== null || reason !== null);
  }

  #strictEvents(): RowsEvent[] {
    if (this.#strictGroups.size === 0) return [];
    const strict = (rows: RowsEvent): boolean => {
      const gathered = this.#tables.get(rows.table.name);
      return gathered !== undefined && this.#strictGroups.has(this.#groupOf(gathered));
    };
    return this.#transactions.flatMap((transaction) => transaction.rows.filter(strict));
  }
}

/**
 * After a crash: a column that the replica got since would be reset where a row of the broken epoch is deleted and inserted. Were it
 * there before, the epoch would have taken the table as strict.
 */
function checkRepeatable({ table, traits, deletes, inserts }: NetChanges): void {
  if (traits.replicaOnly !== true || deletes.length === 0 || inserts.length === 0) return;
  throw new TailraceError('TR_SCHEMA_MISMATCH', {
    what: `Table ${table.name} of the replica got new columns after a crash left an epoch half done that deletes and inserts its rows.`,
    why: 'To complete the epoch its rows would be deleted and inserted again, and the values of the new columns would be lost.',
    cure: `On the replica, after SET sql_log_bin = 0, drop the new columns of ${table.name}. Start tailrace, wait until it follows again, then add the columns.`,
  });
}

const rowsOf = (changes: NetChanges): number =>
  changes.deletes.length + changes.updates.length + changes.inserts.length;

function tableRows({ table: { schema, table }, rowsIn }: Gathered, rowsOut: number): TableRows {
  return { schema, table, rowsIn, rowsOut };
}

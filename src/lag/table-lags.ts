const tablesMaxDefault = 512;
/** Slots looked at to find one whose table has nothing waiting. */
const looksMax = 8;
const untracked = -1;

/**
 * Which tables have changes waiting, and since when: a replica that is behind on one table is fresh for the others.
 *
 * For each table the number and commit time of the change with which it stopped being up to date, and the number of its latest one. That
 * is too old a time for a table that is never quite up to date, but then the oldest transaction that waits at all is newer: the later
 * of the two is the bound, and it errs only towards more lag. Tables beyond the limit are counted as one.
 */
export class TableLags {
  readonly #slots = new Map<string, Map<string, number>>();
  readonly #names: [schema: string, table: string][] = [];
  readonly #firstCommitMicros: Float64Array;
  readonly #lastNumber: Float64Array;
  readonly #tablesMax: number;
  #hand = 0;
  #othersFirstMicros = NaN;
  #othersLastNumber = 0;
  /** Of changes that may be of any table. */
  #anyFirstMicros = NaN;
  #anyLastNumber = 0;

  constructor(tablesMax = tablesMaxDefault) {
    this.#tablesMax = tablesMax;
    this.#firstCommitMicros = new Float64Array(tablesMax);
    this.#lastNumber = new Float64Array(tablesMax);
  }

  /** Tables that are followed one by one now. */
  get tracked(): number {
    return this.#names.length;
  }

  /** Transaction `number` (counted from 1 as they were received) changes a table; `applied` is the number up to which all are applied. */
  touched(schema: string, table: string, number: number, commitMicros: number, applied: number): void {
    const slot = this.#slots.get(schema)?.get(table) ?? this.#place(schema, table, applied);
    if (slot === untracked) {
      if (this.#othersLastNumber <= applied) this.#othersFirstMicros = commitMicros;
      this.#othersLastNumber = number;
      return;
    }
    if (this.#lastNumber[slot]! <= applied) this.#firstCommitMicros[slot] = commitMicros;
    this.#lastNumber[slot] = number;
  }

  /** Transaction `number` may change any table: what it does to which is not known. */
  touchedAny(number: number, commitMicros: number, applied: number): void {
    if (this.#anyLastNumber <= applied) this.#anyFirstMicros = commitMicros;
    this.#anyLastNumber = number;
  }

  /** Whether this table is followed by itself. */
  follows(schema: string, table: string): boolean {
    return this.#slots.get(schema)?.has(table) === true;
  }

  /** Whether a change of this table waits. */
  waits(schema: string, table: string, applied: number): boolean {
    return this.#lastNumberOf(schema, table) > applied || this.#anyLastNumber > applied;
  }

  /** Commit time of the change with which a table that waits stopped being up to date; NaN where the source does not tell it. */
  firstCommitMicros(schema: string, table: string, applied: number): number {
    const slot = this.#slots.get(schema)?.get(table);
    const own = slot === undefined ? this.#othersFirstMicros : this.#firstCommitMicros[slot]!;
    if (this.#anyLastNumber <= applied) return own;
    if (this.#lastNumberOf(schema, table) <= applied) return this.#anyFirstMicros;
    return Math.min(own, this.#anyFirstMicros);
  }

  /** The tables that have changes waiting, of those that are followed one by one. */
  *waiting(applied: number): Generator<readonly [schema: string, table: string]> {
    for (const [slot, name] of this.#names.entries()) if (this.#lastNumber[slot]! > applied) yield name;
  }

  /** What was received is dropped, and will be received again under new numbers. */
  clear(): void {
    this.#lastNumber.fill(0);
    this.#othersLastNumber = 0;
    this.#anyLastNumber = 0;
  }

  #lastNumberOf(schema: string, table: string): number {
    const slot = this.#slots.get(schema)?.get(table);
    return slot === undefined ? this.#othersLastNumber : this.#lastNumber[slot]!;
  }

  /** A free slot, or that of a table which has nothing waiting; `untracked` when none is near. */
  #place(schema: string, table: string, applied: number): number {
    const slot = this.#names.length < this.#tablesMax ? this.#names.length : this.#evict(applied);
    if (slot === untracked) return untracked;
    let tables = this.#slots.get(schema);
    if (tables === undefined) this.#slots.set(schema, (tables = new Map<string, number>()));
    tables.set(table, slot);
    this.#names[slot] = [schema, table];
    // A table that was counted among the others may still have something waiting there.
    this.#lastNumber[slot] = this.#othersLastNumber;
    this.#firstCommitMicros[slot] = this.#othersFirstMicros;
    return slot;
  }

  #evict(applied: number): number {
    for (let looks = 0; looks < looksMax; looks += 1) {
      const slot = this.#hand;
      this.#hand = (this.#hand + 1) % this.#tablesMax;
      if (this.#lastNumber[slot]! > applied) continue;
      const [schema, table] = this.#names[slot]!;
      const tables = this.#slots.get(schema);
      tables?.delete(table);
      if (tables?.size === 0) this.#slots.delete(schema);
      return slot;
    }
    return untracked;
  }
}

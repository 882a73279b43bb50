import { eventHeaderBytes } from '../../src/binlog/event-header.js';
import { EventType } from '../../src/binlog/event-type.js';
import { RowCutter } from '../../src/binlog/row-cutter.js';
import { readRowsEvent, RowsFlag, type RowsKind } from '../../src/binlog/rows-event.js';
import { readTableMap, type TableMap } from '../../src/binlog/table-map.js';
import { crc32 } from './binlog-events.js';
import type { ModelTable, Row } from './plan-tables.js';

/** An image as the codec reads it back; undefined where it does not carry the column. */
type Image = readonly (string | null | undefined)[];

/** One row change as a replica is told it. */
export interface Step {
  readonly table: string;
  readonly kind: RowsKind;
  readonly flags: number;
  readonly before: Image | null;
  readonly after: Image | null;
}

function readImage(cutter: RowCutter, bytes: Buffer, present: Buffer | null, columnCount: number): Image {
  return Array.from({ length: columnCount }, (_, i) => {
    if (present !== null && ((present[i >> 3] ?? 0) & (1 << (i & 7))) === 0) return undefined;
    const start = cutter.starts[i] as number;
    return start < 0 ? null : bytes.toString('latin1', start, cutter.ends[i]);
  });
}

function readSteps(event: Buffer, table: TableMap): Step[] {
  const rows = readRowsEvent(event, table);
  const { kind, flags, present, presentAfter } = rows;
  if ((flags & RowsFlag.StatementEnd) === 0) throw new Error('a row event leaves its statement open');
  const first = new RowCutter(table, present);
  const second = new RowCutter(table, presentAfter);
  const count = table.columns.length;
  const steps: Step[] = [];
  for (let at = rows.rowsAt; at < event.length;) {
    at = first.cut(event, at, event.length);
    const image = readImage(first, event, present, count);
    let after = kind === 'write' ? image : null;
    if (kind === 'update') {
      at = second.cut(event, at, event.length);
      after = readImage(second, event, presentAfter, count);
    }
    steps.push({ table: table.name, kind, flags, before: kind === 'write' ? null : image, after });
  }
  return steps;
}

/** Reads the payloads of BINLOG statements as a server does: a row event needs its table map right before it. */
export function decodeChunks(chunks: Iterable<readonly Buffer[]>): Step[] {
  const steps: Step[] = [];
  for (const pieces of chunks) {
    const chunk = Buffer.concat(pieces);
    let table: TableMap | null = null;
    for (let at = 0; at < chunk.length;) {
      const length = chunk.readUInt32LE(at + 9);
      if (length < eventHeaderBytes || at + length > chunk.length) throw new Error('an event is cut off');
      const event = Buffer.from(chunk.subarray(at, at + length));
      at += length;
      if (event[4] === EventType.TableMap) {
        table = readTableMap(event);
        continue;
      }
      if (table === null) throw new Error('a row event came without its table map');
      steps.push(...readSteps(event, table));
      // STMT_END closes the table.
      table = null;
    }
  }
  return steps;
}

function shorten(value: string | null): string | null {
  if (value === null || value.length < 100) return value;
  return `${value.length} bytes ${crc32(Buffer.from(value, 'latin1'))}`;
}

/**
 * A replica that checks constraints with every row. Lanes run side by side in it and see what the others have not yet
 * committed: a key value that one lane has touched is locked for the others, which in truth would wait for a commit that
 * waits for them.
 */
export class ModelReplica {
  readonly #tables = new Map<string, { readonly table: ModelTable; rows: Row[] }>();
  readonly #locks = new Map<string, number>();
  readonly counters = new Map<ModelTable, number>();

  constructor(tables: readonly ModelTable[], rows: ReadonlyMap<ModelTable, readonly Row[]>) {
    for (const table of tables) {
      const own = rows.get(table) ?? [];
      this.#tables.set(table.map.name, { table, rows: [...own] });
      for (const row of own) this.#count(table, row);
    }
  }

  /** What is in the tables, for comparing: in no order where a key gives one; long values as length and checksum. */
  get content(): Record<string, string[]> {
    const rowsOf = (rows: readonly Row[]): string[] => rows.map((row) => JSON.stringify(row.map(shorten)));
    return Object.fromEntries(
      [...this.#tables].map(([name, { table, rows }]) => [
        name,
        table.traits.primaryKey === null ? rowsOf(rows) : rowsOf(rows).sort(),
      ]),
    );
  }

  /** The rows by table, to start another replica from. */
  get rows(): Map<ModelTable, Row[]> {
    return new Map([...this.#tables.values()].map(({ table, rows }) => [table, rows]));
  }

  /** All lanes have committed. */
  unlock(): void {
    this.#locks.clear();
  }

  /** Applies one change in a lane; throws when a server would refuse it or make it wait for another lane. */
  apply(lane: number, step: Step): void {
    const own = this.#own(step.table);
    const { table } = own;
    const found = step.before === null ? null : this.#find(own.rows, table, step.before);
    if (step.before !== null && found === null)
      throw new Error(`${step.kind} of ${step.table}: row not found`);
    const after = step.after === null ? null : this.#afterRow(table, found, step.after);
    this.#lock(lane, table, found);
    this.#lock(lane, table, after);
    if (found !== null) this.#act(table, found, after, step.flags);
    const place = found === null ? -1 : own.rows.indexOf(found);
    const rest = own.rows.filter((_, i) => i !== place);
    if (after !== null) {
      for (const key of table.keys) {
        if (key.of(after) !== null && rest.some((row) => key.of(row) === key.of(after))) {
          throw new Error(`${step.kind} of ${step.table}: duplicate ${key.of(after)}`);
        }
      }
      this.#requireParent(table, after, step.flags);
      this.#count(table, after);
    }
    // An update keeps its row's place.
    if (place >= 0 && after !== null) own.rows = own.rows.with(place, after);
    else own.rows = after === null ? rest : [...rest, after];
  }

  /** Applies one change as with rbr_exec_mode=IDEMPOTENT: an insert replaces, a row that is missing is passed over. */
  applyAgain(step: Step): void {
    const own = this.#own(step.table);
    const { table } = own;
    const primary = table.keys[0];
    if (table.traits.primaryKey === null || primary === undefined)
      throw new Error('a bag is not applied again');
    const found =
      step.before === null
        ? null
        : (own.rows.find((row) => primary.of(row) === primary.of(step.before as Row)) ?? null);
    if (step.before !== null && found === null) return;
    let rest = own.rows.filter((row) => row !== found);
    const after = step.after === null ? null : this.#afterRow(table, found, step.after);
    if (after !== null) {
      const clashes = (row: Row): boolean =>
        table.keys.some((key) => key.of(after) !== null && key.of(row) === key.of(after));
      if (step.kind === 'update' && rest.some(clashes)) throw new Error(`update of ${step.table}: duplicate`);
      rest = rest.filter((row) => !clashes(row));
      this.#count(table, after);
    }
    own.rows = after === null ? rest : [...rest, after];
  }

  #own(name: string): { readonly table: ModelTable; rows: Row[] } {
    const own = this.#tables.get(name);
    if (own === undefined) throw new Error(`the replica has no table ${name}`);
    return own;
  }

  /** The row that an image means: by primary key if there is one, which must then match in every column, too. */
  #find(rows: readonly Row[], table: ModelTable, image: Image): Row | null {
    const primary = table.traits.primaryKey === null ? undefined : table.keys[0];
    const matches = (row: Row): boolean => image.every((value, i) => value === undefined || value === row[i]);
    if (primary === undefined) return rows.find(matches) ?? null;
    const found = rows.find((row) => primary.of(row) === primary.of(image as Row));
    if (found !== undefined && !matches(found))
      throw new Error(`a row of ${table.map.name} is not what it was`);
    return found ?? null;
  }

  #afterRow(table: ModelTable, found: Row | null, image: Image): Row {
    return table.columns.map((_, i) => {
      const value = image[i];
      return value === undefined ? (found?.[i] ?? null) : value;
    });
  }

  #lock(lane: number, table: ModelTable, row: Row | null): void {
    if (row === null) return;
    const values = table.keys.map((key, i) => (key.of(row) === null ? '' : `${i} ${key.of(row)}`));
    // A table without a primary key is searched whole: two lanes in it are in each other's way.
    if (table.traits.primaryKey === null) values.push('all');
    for (const value of values.filter((text) => text !== '')) {
      const name = `${table.map.name} ${value}`;
      const holder = this.#locks.get(name) ?? lane;
      if (holder !== lane) throw new Error(`lane ${lane} waits for lane ${holder}: ${name}`);
      this.#locks.set(name, lane);
    }
  }

  /** What foreign keys do when a parent goes or gets another key, unless the event says that it is in the log. */
  #act(table: ModelTable, found: Row, after: Row | null, flags: number): void {
    if ((flags & (RowsFlag.NoForeignKeyChecks | RowsFlag.SqlForeignKey)) !== 0) return;
    if (after !== null && after[0] === found[0]) return;
    for (const own of this.#tables.values()) {
      const { foreignKey } = own.table;
      if (foreignKey === null || foreignKey.parent !== table) continue;
      const { column } = foreignKey;
      const hit = own.rows.filter((row) => row[column] === found[0]);
      if (hit.length > 0 && !foreignKey.cascades) throw new Error(`${table.map.name}: a row is referenced`);
      const rest = own.rows.filter((row) => !hit.includes(row));
      const moved =
        after === null ? [] : hit.map((row) => row.map((v, i) => (i === column ? (after[0] ?? null) : v)));
      own.rows = [...rest, ...moved];
    }
  }

  #requireParent(table: ModelTable, row: Row, flags: number): void {
    const { foreignKey } = table;
    if (foreignKey === null || (flags & RowsFlag.NoForeignKeyChecks) !== 0) return;
    const value = row[foreignKey.column] ?? null;
    if (value === null) return;
    const parents = this.#own(foreignKey.parent.map.name).rows;
    if (!parents.some((parent) => parent[0] === value)) throw new Error(`${table.map.name}: no such parent`);
  }

  #count(table: ModelTable, row: Row): void {
    const column = table.traits.autoIncrementColumn;
    if (column === null) return;
    const number = Buffer.from(row[column] ?? '', 'latin1').readInt32LE(0);
    this.counters.set(table, Math.max(number, this.counters.get(table) ?? 0));
  }
}

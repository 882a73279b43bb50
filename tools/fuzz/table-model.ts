import { quoteIdentifier, quoteTable } from '../../src/mysql/identifier.js';
import type { ColumnKind } from './column-kinds.js';

/** What the generator knows of a column, as far as the statements before it went through. */
export interface ColumnModel {
  name: string;
  readonly kind: ColumnKind;
  readonly nullable: boolean;
  /** Filled by an expression: it takes no values. */
  readonly generated: boolean;
  readonly autoIncrement: boolean;
}

/** What the generator knows of a table; DDL in flight changes it. */
export interface TableModel {
  schema: string;
  name: string;
  columns: ColumnModel[];
  /** Columns of the primary key; empty for a table without one. */
  key: readonly ColumnModel[];
  /** The table of the same family that this one refers to. */
  readonly parent: TableModel | null;
  readonly partitioned: boolean;
  /** Names of indexes that DDL added. */
  readonly addedIndexes: string[];
}

export const tableName = (table: TableModel): string => quoteTable(table.schema, table.name);
export const columnName = (column: ColumnModel): string => quoteIdentifier(column.name);
/** The columns that values can be given for. */
export const writableColumns = (table: TableModel): readonly ColumnModel[] =>
  table.columns.filter(({ generated }) => !generated);

export const column = (name: string, kind: ColumnKind, changes: Partial<ColumnModel> = {}): ColumnModel => ({
  name,
  kind,
  nullable: false,
  generated: false,
  autoIncrement: false,
  ...changes,
});

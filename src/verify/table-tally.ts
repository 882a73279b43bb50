import type { DifferingRow } from './server-difference.js';

/** What comparing rows has found, of a chunk or of a table. */
export interface TableTally {
  readonly sourceRows: number;
  readonly replicaRows: number;
  /** Differing rows that are named; bounded. */
  readonly rows: readonly DifferingRow[];
  /** Differing rows, named or not. */
  readonly differing: number;
  /** Rows that changed each time they were looked at. */
  readonly unsettled: number;
  /** Differing chunks whose rows were not looked at one by one, because enough of the table had been found to differ. */
  readonly unexaminedChunks: number;
}

export const emptyTally: TableTally = {
  sourceRows: 0,
  replicaRows: 0,
  rows: [],
  differing: 0,
  unsettled: 0,
  unexaminedChunks: 0,
};

/** Both together, with `rowsMax` named rows at most. */
export function addTallies(a: TableTally, b: TableTally, rowsMax: number): TableTally {
  return {
    sourceRows: a.sourceRows + b.sourceRows,
    replicaRows: a.replicaRows + b.replicaRows,
    rows: [...a.rows, ...b.rows].slice(0, rowsMax),
    differing: a.differing + b.differing,
    unsettled: a.unsettled + b.unsettled,
    unexaminedChunks: a.unexaminedChunks + b.unexaminedChunks,
  };
}

export function isEqual({ differing, unexaminedChunks }: TableTally): boolean {
  return differing === 0 && unexaminedChunks === 0;
}

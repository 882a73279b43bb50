/** What an epoch does to one table: row changes of the source, and rows that are written for them. */
export interface TableRows {
  readonly schema: string;
  readonly table: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
}

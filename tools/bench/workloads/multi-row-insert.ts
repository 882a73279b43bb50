/** Joins rows, each already written as `(…)`, into INSERT statements of at most `rowsPerStatement` rows. */
export function* multiRowInserts(
  table: string,
  rows: Iterable<string>,
  rowsPerStatement = 1_000,
): Generator<string> {
  let batch: string[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < rowsPerStatement) continue;
    yield `INSERT INTO ${table} VALUES ${batch.join(',')}`;
    batch = [];
  }
  if (batch.length > 0) yield `INSERT INTO ${table} VALUES ${batch.join(',')}`;
}

/** A transaction of the source's log, as far as it matters where to compare. */
export interface LoggedTransaction {
  readonly gtid: string;
  /** The first statement that it holds, or empty for one of rows only. */
  readonly statement: string;
}

/** What takes away what is to be compared. */
const destroying = /^\s*(\/\*.*?\*\/\s*)*(DROP|TRUNCATE)\b/is;

/**
 * After how many of the transactions to stop and compare: before each that drops something, but for those that only follow
 * another drop, and after the last. At most `stopsMax`, spread evenly.
 */
export function planStops(transactions: readonly LoggedTransaction[], stopsMax: number): number[] {
  const occasions: number[] = [];
  let hasNews = false;
  for (const [at, { statement }] of transactions.entries()) {
    const destroys = destroying.test(statement);
    if (destroys && hasNews) occasions.push(at);
    hasNews = !destroys;
  }
  const kept = spread(occasions, stopsMax - 1);
  return transactions.length === 0 ? [] : [...kept, transactions.length];
}

function spread(occasions: readonly number[], most: number): number[] {
  if (occasions.length <= most) return [...occasions];
  return Array.from(
    { length: most },
    (_, index) => occasions[Math.floor(((index + 1) * occasions.length) / most) - 1] ?? 0,
  );
}

import type { Hints, ReplicaHint } from '../hints/hints.js';
import { durationWords } from '../lag/duration-words.js';

/** What a daemon tells, for people: the whole in a sentence, the source, and a line for each replica. `ageMs`: of the hints. */
export function statusText(hints: Hints, ageMs: number): string {
  const { source, summary, replicas } = hints;
  const rows = [['replica', 'state', 'lag', 'weight', 'reads', 'reason'], ...replicas.map(cellsOf)];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [
    `${summary} (as of ${durationWords(ageMs * 1_000)} ago)`,
    `source ${source.id}: ${source.state}; writes: ${source.writes}; ${source.reason}`,
    '',
    ...lines,
    '',
  ].join('\n');
}

function cellsOf({ id, state, lagMicros, weight, fullWeight, share, reason }: ReplicaHint): string[] {
  return [
    printable(id),
    state,
    lagMicros === null ? 'unknown' : durationWords(lagMicros),
    `${Math.round(weight)} of ${fullWeight}`,
    `${Math.round(share * 100)} %`,
    printable(reason),
  ];
}

/** What came over the network is not to steer a terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}

import { markdownTable } from '../bench/text-table.js';
import type { FileOutcome, Verdict } from './file-outcome.js';

const verdicts: readonly Verdict[] = [
  'alike',
  'wrote nothing',
  'native fails',
  'refused',
  'finding',
  'passed over',
];

/** One line a suite, and one for why files were passed over, as Markdown. */
export function outcomeTable(outcomes: readonly FileOutcome[]): string {
  const suites = [...new Set(outcomes.map(({ suite }) => suite))];
  const rows = suites.map((suite) => {
    const ours = outcomes.filter((outcome) => outcome.suite === suite);
    const sum = (key: 'transactions' | 'rowEvents' | 'stops'): string =>
      String(ours.reduce((total, outcome) => total + outcome[key], 0));
    const counts = verdicts.map((verdict) =>
      String(ours.filter((outcome) => outcome.verdict === verdict).length),
    );
    return [suite, ...counts, sum('transactions'), sum('rowEvents'), sum('stops')];
  });
  const heading = ['suite', ...verdicts, 'transactions', 'row events', 'comparisons'];
  return [
    markdownTable(heading, rows),
    '',
    markdownTable(['passed over because of', 'files'], reasonCounts(outcomes)),
  ].join('\n');
}

function reasonCounts(outcomes: readonly FileOutcome[]): string[][] {
  const counts = new Map<string, number>();
  for (const { verdict, reasons } of outcomes) {
    if (verdict === 'passed over') counts.set(reasons[0] ?? '', (counts.get(reasons[0] ?? '') ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => [reason, String(count)]);
}

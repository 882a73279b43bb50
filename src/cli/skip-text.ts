import type { TransactionContents } from '../skip/transaction-contents.js';
import { printable } from '../errors/printable.js';
import { formatBytes, formatCounted } from './format-quantity.js';

/** So many tables are named. */
const tablesMax = 30;

/** What a transaction holds, for people; several lines, the last one with its newline. */
export function contentsText(contents: TransactionContents): string {
  const { gtid, file, startOffset, endOffset, bytes, committedMs } = contents;
  const place = `${file}:${startOffset}`;
  const lines = [
    gtid === null ? `The transaction at ${place}` : `Transaction ${gtid}`,
    `  where:      ${place} to ${endOffset}, ${formatBytes(bytes)} of events`,
    `  committed:  ${new Date(committedMs).toISOString().replace('T', ' ').replace('Z', ' UTC')}`,
    `  contains:   ${kindWords(contents)}`,
    ...statementLines(contents),
    ...tableLines(contents),
    ...contents.notUnderstood.map((what) => `  and:        ${printable(what)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function kindWords({ kind, statementCount, tables }: TransactionContents): string {
  const ofTables = `row changes in ${formatCounted(tables.length, 'table')}`;
  switch (kind) {
    case 'rows':
      return ofTables;
    case 'statement':
      return formatCounted(statementCount, 'statement');
    case 'statements and rows':
      return `${formatCounted(statementCount, 'statement')}, and ${ofTables}`;
    case 'XA PREPARE':
      return `an XA transaction up to its XA PREPARE, ${ofTables}`;
    case 'unknown':
      return 'nothing that tailrace can read';
    case 'nothing':
      return 'nothing';
  }
}

function statementLines({ statements, statementCount }: TransactionContents): string[] {
  const more = statementCount - statements.length;
  return [
    ...statements.map((text) => `  statement:  ${printable(text)}`),
    ...(more > 0 ? [`  and ${formatCounted(more, 'more statement')}`] : []),
  ];
}

function tableLines({ tables }: TransactionContents): string[] {
  const more = tables.length - tablesMax;
  return [
    ...tables.slice(0, tablesMax).map(({ table, inserted, updated, deleted, isCounted }) => {
      const counts = [
        [inserted, 'inserted'],
        [updated, 'updated'],
        [deleted, 'deleted'],
      ] as const;
      const known = counts.filter(([count]) => count > 0);
      const words = known.map(([count, verb]) => `${formatCounted(count, 'row')} ${verb}`);
      if (!isCounted) words.push(known.length > 0 ? 'and more' : 'rows that were not counted');
      return `  table:      ${printable(table)}: ${words.join(', ')}`;
    }),
    ...(more > 0 ? [`  and ${formatCounted(more, 'more table')}`] : []),
  ];
}

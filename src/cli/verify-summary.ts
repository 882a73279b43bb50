import { describeDifference, describeRow } from '../verify/server-difference.js';
import { tableLabel } from '../verify/table-pair.js';
import type { TableReport, VerifyReport } from '../verify/verify-report.js';
import { printable } from '../errors/printable.js';
import { formatCount, formatDuration } from './format-quantity.js';

/** Definitions, and tables, that are listed; of further ones the number is told. */
const listedMax = 200;

/** Every difference for a person, one line each; empty when there is none. */
export function differenceLines({ definitions, definitionsUnsettled, differing }: VerifyReport): string[] {
  return [
    ...limited(definitions, (one) => printable(describeDifference(one)), 'definitions'),
    ...limited(
      definitionsUnsettled,
      (label) => `${printable(label)}: changed at every look and could not be compared`,
      'definitions',
    ),
    ...limited(differing, (table) => tableLines(table).map(printable).join('\n'), 'tables'),
  ];
}

/** The outcome in a few lines, for a person. */
export function verifySentence(report: VerifyReport): string {
  const { rows, rowsResumed, tables, seconds, rowsRead, serverSeconds, rechecks, notes } = report;
  const resumed = rowsResumed === 0 ? '' : `, ${formatCount(rowsResumed)} of them in an earlier run`;
  const perCore = serverSeconds > 0 ? `, ${formatCount(rowsRead / serverSeconds)} rows/s per core` : '';
  return [
    `${verdict(report)} ${countOf(tables, 'table')}, ${countOf(rows, 'row')}${resumed}.`,
    `  ${formatDuration(seconds)}; ${countOf(Math.round(rowsRead / 2), 'row')} read on each server${perCore}; ` +
      `${countOf(rechecks, 'chunk')} compared again.`,
    ...notes.slice(0, listedMax).map((note) => `  ${printable(note)}`),
    ...(notes.length > listedMax
      ? [
          `  … and ${formatCount(notes.length - listedMax)} more ${notes.length - listedMax === 1 ? 'note' : 'notes'}`,
        ]
      : []),
  ].join('\n');
}

/** The one line that `verify --json` prints; names are part of the interface of the command. */
export function verifyJson(report: VerifyReport): string {
  const { definitions, differing, seconds, rows, rowsResumed } = report;
  return JSON.stringify({
    equal: report.equal,
    complete: report.complete,
    tables: report.tables,
    rows,
    rows_resumed: rowsResumed,
    rows_different: differing.reduce((sum, { tally }) => sum + tally.differing, 0),
    rows_unsettled: differing.reduce((sum, { tally }) => sum + tally.unsettled, 0),
    chunks_unexamined: differing.reduce((sum, { tally }) => sum + tally.unexaminedChunks, 0),
    definitions_different: definitions.length,
    definitions_unsettled: report.definitionsUnsettled.slice(0, listedMax),
    definitions: definitions.slice(0, listedMax).map(({ kind, schema, name, detail }) => ({
      kind,
      schema,
      name,
      detail,
    })),
    tables_different: differing.length,
    differences: differing.slice(0, listedMax).map(({ schema, table, tally }) => ({
      schema,
      table,
      source_rows: tally.sourceRows,
      replica_rows: tally.replicaRows,
      rows_different: tally.differing,
      rows_unsettled: tally.unsettled,
      chunks_unexamined: tally.unexaminedChunks,
      rows: tally.rows.map(({ key, sourceCopies, replicaCopies, columns }) => ({
        key,
        source_copies: sourceCopies,
        replica_copies: replicaCopies,
        columns: columns ?? [],
      })),
    })),
    notes: report.notes.slice(0, listedMax),
    position_by: report.progressKind,
    seconds,
    rows_read: report.rowsRead,
    server_seconds: report.serverSeconds,
    rows_per_second: seconds > 0 ? (rows - rowsResumed) / seconds : 0,
    rows_read_per_server_second: report.serverSeconds > 0 ? report.rowsRead / report.serverSeconds : 0,
    chunks: report.chunks,
    rechecks: report.rechecks,
  });
}

function verdict({ equal, complete, definitions, differing }: VerifyReport): string {
  if (!complete) return 'Stopped before the end:';
  if (equal) return 'Equal:';
  const different = differing.filter(({ tally }) => tally.differing + tally.unexaminedChunks > 0).length;
  return definitions.length + different > 0
    ? 'DIFFERENT:'
    : 'No difference found, but not everything could be compared:';
}

function tableLines(report: TableReport): string[] {
  const { tally } = report;
  const label = tableLabel(report);
  const lines = tally.rows.map((row) => `${label}: ${describeRow(row)}`);
  const unnamed = tally.differing - tally.rows.length;
  if (unnamed > 0) lines.push(`${label}: and ${countOf(unnamed, 'differing row')} more`);
  if (tally.unexaminedChunks > 0) {
    lines.push(
      `${label}: and ${countOf(tally.unexaminedChunks, 'chunk')} that ${tally.unexaminedChunks === 1 ? 'differs' : 'differ'}, not examined row by row`,
    );
  }
  if (tally.unsettled > 0) {
    lines.push(
      `${label}: ${countOf(tally.unsettled, 'row')} changed at every look and could not be compared`,
    );
  }
  return lines;
}

function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function limited<T>(all: readonly T[], lineOf: (entry: T) => string, noun: string): string[] {
  const lines = all.slice(0, listedMax).map(lineOf);
  return all.length > listedMax
    ? [...lines, `… and ${formatCount(all.length - listedMax)} ${noun} more`]
    : lines;
}

import type { LinkSettings } from '../link/link-settings.js';
import type { LinkReport } from '../link/link-progress.js';
import { formatBytes, formatCount, formatCounted, formatDuration } from './format-quantity.js';

/** How native replication took over again. */
export interface HandoffOutcome {
  readonly by: 'gtid' | 'position';
  /** True when native replication was seen to run without an error afterwards. */
  readonly running: boolean;
}

export interface CatchupOutcome {
  readonly settings: LinkSettings;
  readonly report: LinkReport;
  /** False when a signal ended the command first. */
  readonly level: boolean;
  readonly handoff: HandoffOutcome | null;
}

/** The one line that `catchup --json` prints; names are part of the interface of the command. */
export function catchupJson({ settings, report, level, handoff }: CatchupOutcome): string {
  return JSON.stringify({
    link: settings.name,
    level,
    transactions: report.transactions,
    rows_in: report.rowsIn,
    rows_out: report.rowsOut,
    epochs: report.epochs,
    fallbacks: report.fallbacks,
    conflicts: report.conflicts,
    left_out: report.leftOut,
    barriers: report.barriers,
    bytes_applied: report.bytesApplied,
    seconds: report.seconds,
    first_applied_ms: report.firstAppliedMs,
    gtid_executed: report.gtidExecuted,
    position: report.position,
    lanes: report.lanes,
    partition: settings.partition,
    mode: report.mode,
    handoff,
  });
}

/** The same for a person, on stderr. */
export function catchupSentence({ settings, report, level, handoff }: CatchupOutcome): string {
  const rate = report.seconds > 0 ? report.transactions / report.seconds : 0;
  const lines = [
    `${settings.name}: ${level ? 'caught up' : 'stopped at its checkpoint, not caught up yet'}. ` +
      `${formatCounted(report.transactions, 'transaction')} in ${formatDuration(report.seconds)} ` +
      `(${formatCount(rate)}/s, ${formatBytes(report.bytesApplied)} of binary log).`,
    `  ${formatCounted(report.rowsIn, 'row change')} read, ${formatCount(report.rowsOut)} written, ` +
      `${formatCounted(report.epochs, 'epoch')} (${formatCount(report.barriers)} for DDL), ` +
      `${formatCount(report.fallbacks)} replayed in source order, ${formatCounted(report.conflicts, 'conflict')}.`,
  ];
  if (handoff !== null)
    lines.push(`  Native replication runs again, by ${handoff.by === 'gtid' ? 'GTIDs' : 'position'}.`);
  if (!level) lines.push('  Run the same command again to continue from there.');
  return lines.join('\n');
}

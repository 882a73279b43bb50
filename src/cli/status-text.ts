import type { Hints, ReplicaHint } from '../hints/hints.js';
import { isBroken, type LinkStanding, needsSomebody } from '../hints/link-standing.js';
import { durationWords } from '../lag/duration-words.js';
import { printable, printableLines } from '../errors/printable.js';

/**
 * What a daemon tells, for people: the whole in a sentence, the source, a line for each replica, and what keeps a link from running.
 * `nowMs`: milliseconds since 1970.
 */
export function statusText(hints: Hints, nowMs: number): string {
  const { source, summary, replicas } = hints;
  const rows = [['replica', 'state', 'lag', 'link', 'weight', 'reads', 'reason'], ...replicas.map(cellsOf)];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [
    `${printable(summary)} (as of ${durationWords(Math.max(0, nowMs - hints.atMs) * 1_000)} ago)`,
    `source ${printable(source.id)}: ${source.state}; writes: ${source.writes}; ${printable(source.reason)}`,
    '',
    ...lines,
    ...replicas.flatMap((replica) => troubleLines(replica, nowMs)),
    '',
  ].join('\n');
}

function cellsOf(replica: ReplicaHint): string[] {
  const { id, state, lagMicros, lagAtMostMicros, link, weight, fullWeight, share, reason } = replica;
  const bound = lagAtMostMicros === null ? 'unknown' : `at most ${durationWords(lagAtMostMicros)}`;
  return [
    printable(id),
    state,
    lagMicros === null ? bound : durationWords(lagMicros),
    link?.state ?? 'unknown',
    `${Math.round(weight)} of ${fullWeight}`,
    `${Math.round(share * 100)} %`,
    printable(reason),
  ];
}

/** What stopped or interrupted its link, since when, why, and the cure; none: nothing did. */
function troubleLines({ id, link }: ReplicaHint, nowMs: number): string[] {
  if (link === null || link.trouble === null || !isBroken(link)) return [];
  const { code, what, why, cure } = link.trouble;
  const ago = durationWords(Math.max(0, nowMs - link.sinceMs) * 1_000);
  const since = `since ${new Date(link.sinceMs).toISOString()} (${ago} ago)`;
  return [
    '',
    `The link to ${printable(id)} ${troubleWords(link, nowMs)}; ${since}.`,
    `  ${code}: ${printableLines(what)}`,
    ...(why === null ? [] : [`  why:  ${printableLines(why)}`]),
    `  cure: ${printableLines(cure)}`,
  ];
}

function troubleWords(link: LinkStanding, nowMs: number): string {
  const { state, retryAtMs } = link;
  if (state === 'failed') return 'has stopped; it needs you';
  const next =
    retryAtMs === null || retryAtMs <= nowMs
      ? 'is retrying now'
      : `will be retried in ${durationWords((retryAtMs - nowMs) * 1_000)}`;
  return needsSomebody(link)
    ? `has stopped; it needs you, and ${next}`
    : `${state === 'waiting' ? 'stands by' : 'is interrupted'}, and ${next}`;
}

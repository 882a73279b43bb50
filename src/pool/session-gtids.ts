import { GtidSet } from '../gtid/gtid-set.js';
import type { GtidInterval } from '../gtid/parse-gtid-set.js';
import { formatToken, tokenLengthMax } from './session-token.js';

/** A session of so many intervals is worth asking the source what there is all together. */
export const intervalsMax = 32;

export function countIntervals(gtids: GtidSet): number {
  return [...gtids.intervals()].length;
}

/**
 * The same transactions and others that the source has as well: all of those sources and tags. What is written in between by others fills
 * the gaps, so that this has few intervals, and asks for nothing that does not exist. The set as it was, if that is no better.
 */
export function widenTo(gtids: GtidSet, executed: GtidSet): GtidSet {
  const named = new Set([...gtids.intervals()].map(({ sid, tag }) => `${sid}:${tag}`));
  const wider = new GtidSet();
  for (const interval of executed.intervals())
    if (named.has(`${interval.sid}:${interval.tag}`)) wider.addInterval(interval);
  return wider.contains(gtids) && countIntervals(wider) < countIntervals(gtids) ? wider : gtids;
}

/**
 * A set that fits into a token: the smallest gaps are closed until it does. That asks for more than was written, perhaps for what does not
 * exist; then no replica has it, and reads go to the source: slower, never older.
 */
export function fitToken(gtids: GtidSet): GtidSet {
  let fitting = gtids;
  // Each round closes a half of the gaps at least: a set of a million intervals takes 20.
  for (let rounds = 0; rounds < 64; rounds += 1) {
    if (formatToken({ gtids: fitting, strongUntilMs: Number.MAX_SAFE_INTEGER }).length <= tokenLengthMax)
      return fitting;
    const gaps = gapsOf(fitting).sort((a, b) => a.last - a.first - (b.last - b.first));
    if (gaps.length === 0) return fitting;
    fitting = fitting.clone();
    for (const gap of gaps.slice(0, Math.ceil(gaps.length / 2))) fitting.addInterval(gap);
  }
  return fitting;
}

function gapsOf(gtids: GtidSet): GtidInterval[] {
  const gaps: GtidInterval[] = [];
  let before: GtidInterval | null = null;
  for (const interval of gtids.intervals()) {
    const { sid, tag, first } = interval;
    if (before !== null && before.sid === sid && before.tag === tag)
      gaps.push({ sid, tag, first: before.last + 1, last: first - 1 });
    before = interval;
  }
  return gaps;
}

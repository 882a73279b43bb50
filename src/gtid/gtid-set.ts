import { TailraceError } from '../errors/tailrace-error.js';
import { clip, isSid, isTag } from './gtid-names.js';
import { IntervalList } from './interval-list.js';
import { type GtidInterval, parseGtidSet } from './parse-gtid-set.js';

type TagLists = Map<string, IntervalList>;

/**
 * A set of global transaction ids, as in `gtid_executed`. Mutable by `add`, `addInterval` and `addSet`; all else leaves
 * it as it is.
 *
 * Text format: MySQL Reference Manual, "GTID Format and Storage". Source ids and tags compare without case and are kept
 * in lower case. Numbers may be up to 2^63-2 on a server; those above `Number.MAX_SAFE_INTEGER` are refused with
 * `TR_GTID_RANGE` rather than rounded: at 100,000 transactions a second a server needs 2,800 years to get there.
 */
export class GtidSet {
  readonly #sids = new Map<string, TagLists>();

  /** Parses what MySQL prints: `uuid:1-5:7:tag:1-3, uuid:…`; an empty text is the empty set. Throws `TR_GTID_SYNTAX`. */
  static parse(text: string): GtidSet {
    const set = new GtidSet();
    for (const interval of parseGtidSet(text)) set.addInterval(interval);
    return set;
  }

  /** Adds one transaction; in constant time when `gno` follows the highest one of its source. */
  add(sid: string, gno: number, tag = ''): void {
    requireGno(gno, sid);
    this.#listFor(sid, tag).add(gno);
  }

  /** Adds `first` to `last`, both included. */
  addInterval({ sid, tag, first, last }: GtidInterval): void {
    requireGno(first, sid);
    requireGno(last, sid);
    if (last < first) {
      throw new TailraceError('TR_GTID_SYNTAX', { what: `${first}-${last} is not an interval of ${sid}.` });
    }
    this.#listFor(sid, tag).addInterval(first, last + 1);
  }

  addSet(other: GtidSet): void {
    for (const [sid, tag, list] of other.#lists()) this.#listFor(sid, tag).addList(list);
  }

  has(sid: string, gno: number, tag = ''): boolean {
    return this.#find(sid, tag)?.has(gno) ?? false;
  }

  /** True when every transaction of `other` is in this set. */
  contains(other: GtidSet): boolean {
    for (const [sid, tag, list] of other.#lists()) {
      if (!(this.#find(sid, tag)?.contains(list) ?? false)) return false;
    }
    return true;
  }

  union(other: GtidSet): GtidSet {
    const result = this.clone();
    for (const [sid, tag, list] of other.#lists()) {
      result.#put(sid, tag, result.#find(sid, tag)?.union(list) ?? list.clone());
    }
    return result;
  }

  subtract(other: GtidSet): GtidSet {
    const result = new GtidSet();
    for (const [sid, tag, list] of this.#lists()) {
      const theirs = other.#find(sid, tag);
      result.#put(sid, tag, theirs === undefined ? list.clone() : list.subtract(theirs));
    }
    return result;
  }

  intersect(other: GtidSet): GtidSet {
    const result = new GtidSet();
    for (const [sid, tag, list] of this.#lists()) {
      const theirs = other.#find(sid, tag);
      if (theirs !== undefined) result.#put(sid, tag, list.intersect(theirs));
    }
    return result;
  }

  isEmpty(): boolean {
    return this.#sids.size === 0;
  }

  equals(other: GtidSet): boolean {
    if (this === other) return true;
    const [own, theirs] = [[...this.#lists()], [...other.#lists()]];
    return (
      own.length === theirs.length &&
      own.every(([sid, tag, list]) => {
        const same = other.#find(sid, tag);
        return same !== undefined && list.equals(same);
      })
    );
  }

  clone(): GtidSet {
    const copy = new GtidSet();
    for (const [sid, tag, list] of this.#lists()) copy.#put(sid, tag, list.clone());
    return copy;
  }

  /** How many transactions are in the set. */
  count(): number {
    let total = 0;
    for (const [, , list] of this.#lists()) total += list.count();
    return total;
  }

  /** Every interval, in the order in which they are printed. */
  *intervals(): Generator<GtidInterval> {
    for (const [sid, tags] of sortedEntries(this.#sids)) {
      for (const [tag, { bounds }] of sortedEntries(tags)) {
        for (let i = 0; i < bounds.length; i += 2)
          yield { sid, tag, first: bounds[i]!, last: bounds[i + 1]! - 1 };
      }
    }
  }

  /**
   * As MySQL prints it, but for the newline that it puts behind each comma: sources in order, the untagged
   * transactions of a source first, `uuid:1-5:7:tag:1-3,uuid:1`.
   */
  toString(): string {
    const sources = sortedEntries(this.#sids).map(([sid, tags]) => {
      const parts = sortedEntries(tags).map(([tag, list]) =>
        tag === '' ? list.toString() : `${tag}:${list.toString()}`,
      );
      return `${sid}:${parts.join(':')}`;
    });
    return sources.join(',');
  }

  #find(sid: string, tag: string): IntervalList | undefined {
    const tags = this.#sids.get(sid) ?? this.#sids.get(sid.toLowerCase());
    return tags?.get(tag) ?? tags?.get(tag.toLowerCase());
  }

  #listFor(sid: string, tag: string): IntervalList {
    const found = this.#find(sid, tag);
    if (found !== undefined) return found;
    const list = new IntervalList();
    if (!isSid(sid)) {
      throw new TailraceError('TR_GTID_SYNTAX', { what: `"${clip(sid)}" is not the UUID of a server.` });
    }
    if (tag !== '' && !isTag(tag)) {
      throw new TailraceError('TR_GTID_SYNTAX', {
        what: `"${clip(tag)}" is not a GTID tag.`,
        why: 'A tag has 1 to 32 letters, digits and underscores and does not begin with a digit.',
      });
    }
    this.#put(sid.toLowerCase(), tag.toLowerCase(), list, { keepEmpty: true });
    return list;
  }

  /** Stores a list unless it is empty: a set never holds a source or a tag without transactions. */
  #put(sid: string, tag: string, list: IntervalList, { keepEmpty = false } = {}): void {
    if (list.isEmpty && !keepEmpty) return;
    let tags = this.#sids.get(sid);
    if (tags === undefined) this.#sids.set(sid, (tags = new Map<string, IntervalList>()));
    tags.set(tag, list);
  }

  *#lists(): Generator<[sid: string, tag: string, list: IntervalList]> {
    for (const [sid, tags] of this.#sids) for (const [tag, list] of tags) yield [sid, tag, list];
  }
}

function requireGno(gno: number, sid: string): void {
  if (Number.isSafeInteger(gno) && gno >= 1 && gno < Number.MAX_SAFE_INTEGER) return;
  if (gno >= Number.MAX_SAFE_INTEGER) {
    throw new TailraceError('TR_GTID_RANGE', {
      what: `A transaction number of ${clip(sid)} is above 2^53-2.`,
    });
  }
  throw new TailraceError('TR_GTID_SYNTAX', { what: `${gno} is not a transaction number of ${clip(sid)}.` });
}

function sortedEntries<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

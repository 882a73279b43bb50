import { GtidSet } from '../gtid/gtid-set.js';
import type { Hints } from './hints.js';

/** A set whose text is shorter goes with every hint as it is. */
const shortText = 512;

/**
 * Sets with thousands of gaps are told once, and then what has been added to them: 5,000 intervals are 25 KB of text, which nobody
 * has to write, send and read again with every commit.
 */
export class GtidKeyframe {
  /** Tells one keyframe of a stream from another. */
  readonly number: number;
  /** By id of a replica; those that are missing are told whole. */
  readonly sets: ReadonlyMap<string, GtidSet>;

  constructor(number: number, sets: ReadonlyMap<string, GtidSet>) {
    this.number = number;
    this.sets = sets;
  }

  /** One of the sets that these hints tell. */
  static of(number: number, { replicas }: Hints): GtidKeyframe {
    const sets = new Map<string, GtidSet>();
    for (const { id, gtidExecuted } of replicas) {
      if (gtidExecuted !== null && gtidExecuted.toString().length > shortText) sets.set(id, gtidExecuted);
    }
    return new GtidKeyframe(number, sets);
  }

  /** What is told of each replica in place of its set, as text; null: with this keyframe it would be much, or cannot be said. */
  additions({ replicas }: Hints): ReadonlyMap<string, string> | null {
    const added = new Map<string, string>();
    for (const { id, gtidExecuted } of replicas) {
      if (gtidExecuted === null) continue;
      const known = this.sets.get(id);
      if (known !== undefined && !gtidExecuted.contains(known)) return null;
      const text = (known === undefined ? gtidExecuted : gtidExecuted.subtract(known)).toString();
      if (text.length > shortText) return null;
      added.set(id, text);
    }
    return added;
  }

  /** The set of a replica of which this was added. Throws `TR_GTID_SYNTAX`. */
  whole(id: string, added: string): GtidSet {
    const set = this.sets.get(id)?.clone() ?? new GtidSet();
    set.addSet(GtidSet.parse(added));
    return set;
  }

  /** As it goes over the wire. */
  toJson(): { readonly keyframe: number; readonly sets: Readonly<Record<string, string>> } {
    const sets = [...this.sets].map(([id, set]) => [id, set.toString()] as const);
    return { keyframe: this.number, sets: Object.fromEntries(sets) };
  }
}

import { GtidKeyframe } from '../hints/gtid-keyframe.js';
import { hintsToJson, hintsToShortJson } from '../hints/hints-json.js';
import type { Hints, ReplicaState } from '../hints/hints.js';
import type { HintsFeed } from './hints-feed.js';

/** Changes of state that are kept for listeners that come back. */
const changesMax = 1_024;

/** A change of state as it goes over the wire. */
export interface ToldChange {
  readonly version: number;
  readonly text: string;
}

/** Hints as additions to a keyframe. */
export interface ShortHints {
  readonly hints: Hints;
  readonly keyframe: GtidKeyframe;
  readonly json: string;
}

/**
 * The newest hints for all outlets at once: one subscription, one serialisation a decision however many ask, and the last changes
 * of state.
 */
export class HintsHub {
  readonly #feed: HintsFeed;
  readonly #unsubscribe: () => void;
  readonly #listeners = new Set<() => void>();
  readonly #changes: ToldChange[] = [];
  #states: ReadonlyMap<string, ReplicaState> | null = null;
  #forgotten = 0;
  #version = -1;
  #made: { readonly hints: Hints; readonly json: string } | null = null;
  #keyframe = new GtidKeyframe(0, new Map());
  #short: ShortHints | null = null;

  constructor(feed: HintsFeed) {
    this.#feed = feed;
    const hints = feed.current();
    if (hints !== null) this.#note(hints);
    this.#unsubscribe = feed.subscribe((newer) => this.#note(newer));
  }

  get current(): Hints | null {
    return this.#feed.current();
  }

  /** The newest hints as JSON, made once. */
  json(hints: Hints): string {
    if (this.#made?.hints !== hints) this.#made = { hints, json: JSON.stringify(hintsToJson(hints)) };
    return this.#made.json;
  }

  /** The same as additions to the keyframe that comes with it: a listener must have been told that one first. */
  shortJson(hints: Hints): ShortHints {
    if (this.#short?.hints === hints) return this.#short;
    let keyframe = this.#keyframe;
    let added = keyframe.additions(hints);
    if (added === null) {
      keyframe = this.#keyframe = GtidKeyframe.of(keyframe.number + 1, hints);
      added = keyframe.additions(hints) ?? new Map<string, string>();
    }
    return (this.#short = {
      hints,
      keyframe,
      json: JSON.stringify(hintsToShortJson(hints, keyframe, added)),
    });
  }

  /** Called whenever there is a newer version. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The changes of state after a version; null: some of them are forgotten. */
  changesAfter(version: number): readonly ToldChange[] | null {
    if (version < this.#forgotten) return null;
    // Nearly always: asked for every listener, and nothing has changed but figures.
    if ((this.#changes.at(-1)?.version ?? -1) <= version) return [];
    return this.#changes.filter((change) => change.version > version);
  }

  close(): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }

  #note(hints: Hints): void {
    const before = this.#states;
    this.#states = new Map(hints.replicas.map(({ id, state }) => [id, state]));
    if (before === null) this.#forgotten = hints.version;
    else this.#noteChanges(before, hints);
    if (hints.version === this.#version) return;
    this.#version = hints.version;
    for (const listener of [...this.#listeners]) listener();
  }

  #noteChanges(before: ReadonlyMap<string, ReplicaState>, hints: Hints): void {
    for (const { id, state, reason } of hints.replicas) {
      const from = before.get(id) ?? null;
      if (from === state) continue;
      const change = { id, from, to: state, at_ms: hints.atMs, reason };
      this.#changes.push({ version: hints.version, text: JSON.stringify(change) });
    }
    while (this.#changes.length > changesMax) this.#forgotten = this.#changes.shift()!.version;
  }
}

/** How a version is named to clients: as an ETag, in quotes, and as the id of an event, without. */
export const versionName = ({ epoch, version }: Hints): string => `${epoch}-${version}`;

/** The epoch and version of such a name; null: it is none. */
export function parseVersionName(name: string): { readonly epoch: number; readonly version: number } | null {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(name);
  return match === null ? null : { epoch: Number(match[1]), version: Number(match[2]) };
}

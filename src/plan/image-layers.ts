/** Where an image was taken away, into what, and where it came up; -1: nowhere. */
interface Seen {
  takenAt: number;
  takenFor: string | null;
  cameAt: number;
}

/**
 * Numbers the changes of a table without a key so that those of one number do not meet: they give the same rows in the same places in
 * whatever order they are made, and so does a change that passes those of a higher number. Two changes meet when one
 * takes away an image that the other takes away for something else, or makes.
 */
export class ImageLayers {
  readonly #seen = new Map<string, Seen>();

  get isEmpty(): boolean {
    return this.#seen.size === 0;
  }

  /** The lowest number for a change of `before` into `after`; null: it inserts, or deletes. */
  layerFor(before: string | null, after: string | null): number {
    let at = 0;
    const taken = before === null ? undefined : this.#seen.get(before);
    if (taken !== undefined) {
      at = taken.cameAt + 1;
      if (taken.takenAt >= 0) at = Math.max(at, taken.takenFor === after ? taken.takenAt : taken.takenAt + 1);
    }
    const made = after === null ? undefined : this.#seen.get(after);
    return made === undefined ? at : Math.max(at, made.takenAt + 1);
  }

  /** The change has this number. */
  note(at: number, before: string | null, after: string | null): void {
    if (before !== null) {
      const seen = this.#of(before);
      seen.takenAt = at;
      seen.takenFor = after;
    }
    if (after === null) return;
    const seen = this.#of(after);
    seen.cameAt = Math.max(seen.cameAt, at);
  }

  #of(image: string): Seen {
    let seen = this.#seen.get(image);
    if (seen === undefined) this.#seen.set(image, (seen = { takenAt: -1, takenFor: null, cameAt: -1 }));
    return seen;
  }
}

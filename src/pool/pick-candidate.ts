/** One that may be picked. */
export interface Pickable {
  /** Above zero. */
  readonly weight: number;
  /** Checkouts under way. */
  readonly inFlight: number;
}

/**
 * One of the lowest tier: of two that are drawn by weight, the one with less under way for its weight (the power of two choices). That
 * keeps shares near the weights while all are equally fast, and away from whoever is slow. `random` gives numbers from 0 up to 1. null: there
 * is none.
 */
export function pickCandidate<One extends Pickable>(
  candidates: readonly One[],
  random: () => number,
): One | null {
  const first = draw(candidates, random());
  if (first === null || candidates.length === 1) return first;
  const second = draw(
    candidates.filter((one) => one !== first),
    random(),
  );
  if (second === null) return first;
  return load(second) < load(first) ? second : first;
}

/** Those with nothing under way are alike: then the draw decides, which is by weight. */
const load = ({ inFlight, weight }: Pickable): number => inFlight / weight;

function draw<One extends Pickable>(candidates: readonly One[], random: number): One | null {
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  let left = random * total;
  for (const one of candidates) {
    left -= one.weight;
    if (left < 0) return one;
  }
  return candidates.at(-1) ?? null;
}

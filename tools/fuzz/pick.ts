import type { SeededRandom } from '../lab/seeded-random.js';

/** One of the list, which has at least one. */
export function pick<T>(random: SeededRandom, list: readonly T[]): T {
  const chosen = list[random.below(list.length)];
  if (chosen === undefined) throw new RangeError('nothing to pick from');
  return chosen;
}

/** One of the list, each as often as its weight says. */
export function pickWeighted<T>(random: SeededRandom, list: readonly (readonly [number, T])[]): T {
  let left = random.below(list.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, chosen] of list) {
    left -= weight;
    if (left < 0) return chosen;
  }
  throw new RangeError('nothing to pick from');
}

/**
 * Delta debugging: a list with as few entries as can be found for which `fails` still is true, in their order. `items` is
 * known to fail. Parts are taken away, halves first, then ever smaller ones, as long as `mayGoOn`; it is asked before each
 * trial. After Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (2002).
 */
export async function shrinkList<T>(
  items: readonly T[],
  fails: (items: readonly T[]) => Promise<boolean>,
  mayGoOn: () => boolean,
): Promise<readonly T[]> {
  let left = items;
  let parts = 2;
  while (left.length > 1 && parts <= left.length) {
    const size = Math.ceil(left.length / parts);
    let removed = false;
    for (let from = 0; from < left.length;) {
      if (!mayGoOn()) return left;
      const without = [...left.slice(0, from), ...left.slice(from + size)];
      if (without.length > 0 && (await fails(without))) {
        left = without;
        removed = true;
      } else from += size;
    }
    if (size === 1 && !removed) return left;
    parts = removed ? Math.max(2, Math.ceil(left.length / size)) : Math.min(parts * 2, left.length);
  }
  return left;
}

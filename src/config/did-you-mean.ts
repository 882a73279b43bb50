/** The known word that was probably meant, or null when none is near. */
export function didYouMean(word: string, known: readonly string[]): string | null {
  const written = normalise(word);
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const candidate of known) {
    const wanted = normalise(candidate);
    const begins = written.length >= 3 && wanted.startsWith(written);
    const distance = begins ? 1 : editDistance(written, wanted);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function normalise(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** Levenshtein's distance, one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** A length of time for people, with about three digits: `840 µs`, `1.2 ms`, `34.5 s`, `12 min`, `3.4 h`. */
export function durationWords(micros: number): string {
  const [size, unit] = units.find(([, , below]) => micros < below) ?? units.at(-1)!;
  const amount = micros / size;
  const digits = size === 1 || amount >= 100 ? 0 : 1;
  return `${amount.toFixed(digits).replace(/\.0$/, '')} ${unit}`;
}

/** The size of a unit in microseconds, its sign, and the length from which the next one is used. */
const units: readonly (readonly [size: number, unit: string, below: number])[] = [
  [1, 'µs', 1_000],
  [1_000, 'ms', 1_000_000],
  [1_000_000, 's', 120_000_000],
  [60_000_000, 'min', 7_200_000_000],
  [3_600_000_000, 'h', 172_800_000_000],
  [86_400_000_000, 'd', Infinity],
];

const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/**
 * A little picture of values over time in at most `width` characters: all of the time, thinned out evenly when there are more
 * values, the last one always among them. The highest value fills its character, only zero is the lowest.
 */
export function sparkline(values: readonly number[], width: number): string {
  const shown = thin(values, width);
  const highest = Math.max(...shown, 0);
  return shown
    .map((value) => (highest === 0 ? 0 : Math.ceil((Math.max(value, 0) / highest) * (levels.length - 1))))
    .map((level) => levels[level]!)
    .join('');
}

function thin(values: readonly number[], count: number): readonly number[] {
  if (values.length <= count) return values;
  const step = (values.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, i) => values[Math.round(i * step)]!);
}

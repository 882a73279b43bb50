/** A bar of `width` characters, of which `share`, 0 to 1, is full. */
export function barText(share: number, width: number): string {
  const full = Math.floor(share * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`;
}

/** Ids up to this mean the same on both; above it each has its own (MariaDB's mysys/charset-def.c). */
const sharedIdMax = 247;
/** A MariaDB that never pads: the id of the collation that pads, and this. */
const noPadOffset = 1024;
/** From here on 256 ids for each of `unicodeSets`: the collations of Unicode 14 (strings/ctype-uca.c there). */
const uca1400From = 2048;
/** Before these, 32 ids for each from here on. */
const olderFrom = 576;
const unicodeSets = [
  { charset: 'utf8mb3', usual: 33 },
  { charset: 'utf8mb4', usual: 45 },
  { charset: 'ucs2', usual: 35 },
  { charset: 'utf16', usual: 54 },
  { charset: 'utf32', usual: 60 },
] as const;

/** A collation that MySQL does not have, or has under this number with another meaning. */
export function isMariadbOnly(collation: number): boolean {
  return collation > sharedIdMax;
}

/** The id of a collation of the same character set that MySQL has, too. */
export function charsetDefaultOf(collation: number): number {
  if (collation >= uca1400From) return unicodeSets[(collation - uca1400From) >> 8]?.usual ?? 45;
  if (collation >= noPadOffset) return collation - noPadOffset;
  // The fifth of them is utf16le, which has none.
  return unicodeSets[Math.min((collation - olderFrom) >> 5, 4)]?.usual ?? 45;
}

/** What a person calls it: MariaDB tells only its number. */
export function collationLabel(collation: number): string {
  const set = collation >= uca1400From ? unicodeSets[(collation - uca1400From) >> 8] : undefined;
  if (set === undefined) return `a collation of MariaDB's own (id ${collation})`;
  const isUsual = (collation - uca1400From) % 256 === 0;
  return isUsual ? `${set.charset}_uca1400_ai_ci` : `a collation ${set.charset}_uca1400_… (id ${collation})`;
}

/** The character set that MariaDB names by this id in character_set_collations; null: not one of Unicode. */
export function unicodeSetOf(id: number): string | null {
  return unicodeSets.find(({ usual }) => usual === id)?.charset ?? null;
}

/** Names of collations that MySQL does not have, or has with another order; a pattern for both JavaScript and MariaDB. */
export const mariadbOnlyNames = 'uca1400|_nopad_|_0900_|croatian_ci$|myanmar_ci$|thai_520_w2$';

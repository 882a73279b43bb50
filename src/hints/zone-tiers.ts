import type { HintSettings } from './hint-settings.js';
import type { ReplicaHint } from './hints.js';

/** How far down a zone stands for a reader: 0 first. */
export type ZonePreference = (zone: string | null) => number;

/**
 * The order in which a reader goes through zones: nearest first, as far as they are healthy. A zone that has lost more than it can
 * carry (its replicas that serve are fewer than `zoneHealthyShare` of all it has) would be run over by its own readers: it is joined
 * with the next one, and they share by weight. A reader without a zone has no preference.
 */
export function zoneTiers(
  replicas: readonly ReplicaHint[],
  readerZone: string | null,
  settings: Pick<HintSettings, 'zoneDistances' | 'zoneHealthyShare'>,
): ZonePreference {
  if (readerZone === null) return () => 0;
  const distances = [...new Set(replicas.map(({ zone }) => distance(readerZone, zone, settings)))].sort(
    (a, b) => a - b,
  );
  const tiers = new Map<number, number>();
  let tier = 0;
  let all = 0;
  let serving = 0;
  for (const at of distances) {
    tiers.set(at, tier);
    const here = replicas.filter(({ zone }) => distance(readerZone, zone, settings) === at);
    all += here.length;
    serving += here.filter(({ state }) => state === 'serving').length;
    if (serving < all * settings.zoneHealthyShare) continue;
    tier += 1;
    all = 0;
    serving = 0;
  }
  return (zone) => tiers.get(distance(readerZone, zone, settings)) ?? tier;
}

function distance(
  from: string,
  to: string | null,
  { zoneDistances }: Pick<HintSettings, 'zoneDistances'>,
): number {
  if (to === null) return Number.MAX_SAFE_INTEGER;
  return zoneDistances[from]?.[to] ?? zoneDistances[to]?.[from] ?? (from === to ? 0 : 1);
}

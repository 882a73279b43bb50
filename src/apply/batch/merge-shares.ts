import type { LaneShare } from '../../plan/lane-share.js';

/** All shares of an epoch as one, for a single lane. */
export function mergeShares(shares: readonly LaneShare[]): LaneShare {
  return {
    strict: shares.flatMap((share) => share.strict),
    keyless: shares.flatMap((share) => share.keyless),
    nets: shares.flatMap((share) => share.nets),
    weight: shares.reduce((sum, share) => sum + share.weight, 0),
  };
}

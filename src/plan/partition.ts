import type { RowsEvent } from '../binlog/rows-event.js';

import type { NetChanges } from './net-changes.js';

import { canSplit, splitChanges } from './split-changes.js';

/** Who goes to which lane: by schema, by table with its linked tables, by row, or as the load asks. */
export const partitionStrategies = ['schema', 'table', 'row', 'auto'] as const;

export type PartitionStrategy = (typeof partitionStrategies)[number];

/** When a table that may be split by row is split: whenever it is worth it, when one lane is too few for it, or never. */
export const rowSplits = {
  schema: 'never',
  table: 'never',
  row: 'whenever-worth-it',
  auto: 'when-heavy',
} as const satisfies Record<PartitionStrategy, string>;

/** All shares of an epoch as one, for a single lane. */
export function mergeShares(shares: readonly LaneShare[]): LaneShare {
  return {
    strict: shares.flatMap((share) => share.strict),
    keyless: shares.flatMap((share) => share.keyless),
    nets: shares.flatMap((share) => share.nets),
    weight: shares.reduce((sum, share) => sum + share.weight, 0),
  };
}

/** What one lane applies of an epoch, in this order. */
export interface LaneShare {
  /**
   * Events that go in as they came, in source order, and changes of tables without a key: what cannot be applied twice. Only
   * lane 0 has any, so that its checkpoint alone says after a crash whether they were applied.
   */
  readonly strict: readonly RowsEvent[];
  /** In this order. */
  readonly keyless: readonly NetChanges[];
  /** Keyed net changes, which may be applied again. */
  readonly nets: readonly NetChanges[];
  /** Rough cost, for balancing and for telling small shares from large ones. */
  readonly weight: number;
}

/** What an epoch has to write, before lanes are chosen. */
export interface EpochChanges {
  readonly strict: readonly RowsEvent[];
  readonly keyless: readonly NetChanges[];
  readonly nets: readonly NetChanges[];
}

export interface PartitionOptions {
  readonly strategy: PartitionStrategy;
  readonly lanes: number;
}

/** A lane costs a few round trips and a commit of its own: less work than this is not worth another one. */
const laneWeightMin = 256;
/** A unit is split when it is so much heavier than an even share. */
const splitAbove = 1.2;
/** A row costs about as much as so many bytes of images. */
const bytesOfRow = 400;

interface Unit {
  readonly nets: NetChanges[];
  weight: number;
}

/** Rows to write, and more for large ones. */
export function weightOf(changes: NetChanges): number {
  const rows = changes.deletes.length + changes.updates.length + changes.inserts.length;
  return rows + changes.bytes / bytesOfRow + (changes.burnt === null ? 0 : 2);
}

/** How many of so many lanes are worth their cost for so much work, were it all free to be dealt out. */
export function lanesWorth(weight: number, lanes: number): number {
  return Math.max(1, Math.min(lanes, Math.ceil(weight / laneWeightMin)));
}

/**
 * Deals an epoch out to lanes; empty lanes are left out, lane 0 never is when anything is strict. Linked tables stay
 * together under every strategy.
 */
export function partition(changes: EpochChanges, options: PartitionOptions): LaneShare[] {
  const strictWeight = changes.strict.length + changes.keyless.reduce((sum, each) => sum + weightOf(each), 0);
  const units = gatherUnits(changes.nets, options.strategy);
  const total = strictWeight + units.reduce((sum, unit) => sum + unit.weight, 0);
  const lanes = lanesWorth(total, options.lanes);
  const pieces = units.flatMap((unit) => splitUnit(unit, options.strategy, lanes, total / lanes));

  const shares = Array.from({ length: lanes }, () => ({ nets: [] as NetChanges[], weight: 0 }));
  const first = shares[0];
  if (first !== undefined) first.weight = strictWeight;
  pieces.sort((a, b) => b.weight - a.weight);
  for (const piece of pieces) {
    const lightest = shares.reduce((a, b) => (b.weight < a.weight ? b : a));
    lightest.nets.push(...piece.nets);
    lightest.weight += piece.weight;
  }
  return shares
    .map((share, lane) => ({
      ...share,
      strict: lane === 0 ? changes.strict : [],
      keyless: lane === 0 ? changes.keyless : [],
    }))
    .filter((share, lane) => share.weight > 0 || lane === 0);
}

/** Tables that stay together: linked ones always, under `schema` all of a schema. */
function gatherUnits(nets: readonly NetChanges[], strategy: PartitionStrategy): Unit[] {
  const units = new Map<string, Unit>();
  const schemaOfGroup = new Map<string, string>();
  for (const net of nets) {
    const { linkGroup, schema } = net.traits;
    let name = linkGroup;
    if (strategy === 'schema') {
      // A group that spans schemas goes with the first of them.
      name = schemaOfGroup.get(linkGroup) ?? schema;
      schemaOfGroup.set(linkGroup, name);
    }
    const unit = units.get(name) ?? { nets: [], weight: 0 };
    unit.nets.push(net);
    unit.weight += weightOf(net);
    units.set(name, unit);
  }
  return [...units.values()];
}

function splitUnit(unit: Unit, strategy: PartitionStrategy, lanes: number, evenShare: number): Unit[] {
  const only = unit.nets.length === 1 ? unit.nets[0] : undefined;
  if (only === undefined || lanes === 1 || only.states.length === 0 || !canSplit(only)) return [unit];
  let pieces: number;
  if (rowSplits[strategy] === 'whenever-worth-it')
    pieces = Math.min(lanes, Math.ceil(unit.weight / laneWeightMin));
  else if (rowSplits[strategy] === 'when-heavy' && unit.weight > evenShare * splitAbove)
    pieces = Math.min(lanes, Math.ceil(unit.weight / evenShare));
  else return [unit];
  return splitChanges(only, pieces).map((net) => ({ nets: [net], weight: weightOf(net) }));
}

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

/** Who goes to which lane: by schema, by table with its linked tables, by row, or as the load asks. */
export const partitionStrategies = ['schema', 'table', 'row', 'auto'] as const;

export type PartitionStrategy = (typeof partitionStrategies)[number];

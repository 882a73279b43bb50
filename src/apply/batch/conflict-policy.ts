/** What to do with a row change that does not fit the replica's data; see docs/operations.md. */
export const conflictPolicies = ['stop', 'overwrite', 'skip'] as const;

export type ConflictPolicy = (typeof conflictPolicies)[number];

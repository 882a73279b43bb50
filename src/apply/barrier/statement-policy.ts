/** What to do with a change of data that the source logged as a statement. */
export const statementPolicies = ['apply', 'stop'] as const;

export type StatementPolicy = (typeof statementPolicies)[number];

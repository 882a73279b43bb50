import { readGtidExecuted } from '../../src/mysql/gtid-executed.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { compareServers } from '../../src/verify/compare-servers.js';
import { describeDifference } from '../../src/verify/server-difference.js';
import { accountsAndSpaces } from './accounts-and-spaces.js';

const charactersMax = 1_000;

/** In what the second server is not like the first; a line each. Accounts and the like are a third of the work. Throws what a server refuses. */
export async function compareReplicas(
  first: ServerConnection,
  second: ServerConnection,
  extent: 'schemas' | 'everything',
): Promise<string[]> {
  const found: string[] = [];
  const differences = await compareServers(first, second, { rowsMax: 3 });
  found.push(...differences.map(describeDifference));
  for (const statement of extent === 'everything' ? accountsAndSpaces : []) {
    const [theirs, ours] = await Promise.all([textOf(first, statement), textOf(second, statement)]);
    if (theirs !== ours) found.push(`${statement}: ${firstDifference(theirs, ours)}`);
  }
  const [theirs, ours] = await Promise.all([readGtidExecuted(first), readGtidExecuted(second)]);
  if (!theirs.equals(ours)) found.push(`gtid_executed: ${theirs.toString()} and ${ours.toString()}`);
  return found.map((line) => line.slice(0, charactersMax));
}

async function textOf(server: ServerConnection, statement: string): Promise<string> {
  const rows = await server.query(statement).catch((error: unknown) => [{ error: (error as Error).message }]);
  return rows
    .map((row) => JSON.stringify(row))
    .sort()
    .join('\n');
}

function firstDifference(theirs: string, ours: string): string {
  const [left, right] = [theirs.split('\n'), ours.split('\n')];
  const only = (lines: string[], others: string[]): string =>
    lines.find((line) => !others.includes(line)) ?? 'nothing';
  return `${only(left, right)} and ${only(right, left)}`;
}

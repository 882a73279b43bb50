import { compareDefinitions } from './compare-definitions.js';
import type { ServerDifference } from './server-difference.js';
import { type ServerObject, schemaObjects } from './server-objects.js';
import type { ServerPair } from './server-pair.js';
import { sharedTerms } from './shared-terms.js';

/** Schemas that only one of the servers has. */
export function schemaPresence(source: readonly string[], replica: readonly string[]): ServerDifference[] {
  const only = (names: readonly string[], others: readonly string[], detail: string): ServerDifference[] =>
    names
      .filter((name) => !others.includes(name))
      .map((name) => ({ kind: 'schema', schema: name, name, detail, rows: [] }));
  return [...only(source, replica, 'only on the source'), ...only(replica, source, 'only on the replica')];
}

/** What differs in the definitions of one schema that both servers have. */
export async function schemaDifferences(
  { source, replica }: ServerPair,
  schema: string,
  sameVersion: boolean,
): Promise<ServerDifference[]> {
  const [sourceObjects, replicaObjects] = await Promise.all([
    schemaObjects(source, schema),
    schemaObjects(replica, schema),
  ]);
  if (sameVersion) return compareDefinitions(sourceObjects, replicaObjects);
  const [sourceTerms, replicaTerms] = await Promise.all([
    sharedTerms(source, schema),
    sharedTerms(replica, schema),
  ]);
  return compareDefinitions(
    sourceObjects.map((object) => inSharedTerms(object, sourceTerms)),
    replicaObjects.map((object) => inSharedTerms(object, replicaTerms)),
  );
}

/** A table by `sharedTerms`, anything else by nothing but its being there: what servers of all versions tell alike. */
export function inSharedTerms(object: ServerObject, terms: ReadonlyMap<string, string>): ServerObject {
  const definition = object.kind === 'table' ? (terms.get(object.name) ?? '') : '';
  return { ...object, definition };
}

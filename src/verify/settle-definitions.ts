import { TailraceError } from '../errors/tailrace-error.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';
import { compareDefinitions, splitAutoIncrement, withExpectedEventState } from './compare-definitions.js';
import { inSharedTerms } from './compare-schema.js';
import { serverSeries } from './compare-servers.js';
import { pause } from './pause.js';
import type { ServerDifference } from './server-difference.js';
import { notShown, type ServerObject, schemaObjects, userSchemas } from './server-objects.js';
import type { ServerPair } from './server-pair.js';
import { type Content, type Doubt, settle } from './settle.js';
import { sharedTerms } from './shared-terms.js';
import { type VerifyFilter, wantsSchema, wantsTable, wantsWholeSchema } from './verify-filter.js';

/** Definitions that are another at every look are given up, and told to be so. */
const looksMax = 20;
const lookPauseMs = 100;

/** Something was dropped after it was listed: unknown database, table, column, routine, trigger, event, or an invalid view. */
const goneErrnos = new Set([1049, 1146, 1054, 1305, 1356, 1360, 1539]);
const readsMax = 10;
const readPauseMs = 300;

/** What comparing definitions has found. */
export interface DefinitionsFound {
  readonly differences: readonly ServerDifference[];
  /** Objects whose definition changed at every look. */
  readonly unsettled: readonly string[];
}

export interface DefinitionOptions {
  readonly filter: VerifyFilter;
  /** Waits until the replica has applied all that the source has now. */
  readonly awaitReplica: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Objects by what they are, so that both sides can be put beside each other. */
type Objects = ReadonlyMap<string, ServerObject>;

/**
 * Differences of definitions, of what the filter wants. As with rows, what differs counts only when the replica, having come to where
 * the source was, still has it otherwise: a CREATE or ALTER on its way to the replica is no difference.
 */
export async function settleDefinitions(
  pair: ServerPair,
  options: DefinitionOptions,
): Promise<DefinitionsFound> {
  const { filter, awaitReplica, signal } = options;
  const sameVersion = (await serverSeries(pair.source)) === (await serverSeries(pair.replica));
  const read = (connection: ServerConnection, only: ReadonlySet<string> | null): Promise<Objects> =>
    readObjects(connection, { filter, only, sameVersion, signal });
  const differences: ServerDifference[] = [];
  let source = await read(pair.source, null);
  let replica = await read(pair.replica, null);
  let doubts = doubtsOf(source, replica);
  for (let look = 0; look < looksMax && doubts.size > 0 && !signal.aborted; look += 1) {
    await awaitReplica();
    const schemas = new Set([...doubts.keys()].map(schemaOf));
    replica = await read(pair.replica, schemas);
    source = await read(pair.source, schemas);
    const open = new Map<string, Doubt>();
    for (const [id, doubt] of doubts) {
      const mine = contentOf(source, id);
      const verdict = settle(doubt, replicaContent(replica, id, [mine, doubt.source]), mine);
      // A number that moves on says nothing; only one that stands still and differs is worth a word.
      const moves = isCounter(id) && verdict.kind === 'open' && verdict.doubt.confirmed === 0;
      if (verdict.kind === 'open' && !moves) open.set(id, verdict.doubt);
      if (verdict.kind === 'differs') differences.push(describe(source.get(id), replica.get(id)));
    }
    doubts = open;
    if (doubts.size > 0) await pause(lookPauseMs, signal);
  }
  return { differences: withoutContents(differences), unsettled: [...doubts.keys()].map(labelOf) };
}

function doubtsOf(source: Objects, replica: Objects): Map<string, Doubt> {
  const doubts = new Map<string, Doubt>();
  for (const id of new Set([...source.keys(), ...replica.keys()])) {
    const mine = contentOf(source, id);
    if (mine !== replicaContent(replica, id, [mine])) doubts.set(id, { source: mine, confirmed: 0 });
  }
  return doubts;
}

function contentOf(objects: Objects, id: string): Content {
  return objects.get(id)?.definition ?? null;
}

/** What the replica has; where that is how replication changes what the source has or had, then the latter. */
function replicaContent(objects: Objects, id: string, onSource: readonly Content[]): Content {
  const theirs = contentOf(objects, id);
  const mine = onSource[0] ?? null;
  // Which account lacks what is said in a note.
  if (theirs !== null && mine !== null && (theirs === notShown || mine === notShown)) return mine;
  if (theirs === null || objects.get(id)?.kind !== 'event') return theirs;
  return onSource.find((one) => one !== null && withExpectedEventState(one, theirs) === theirs) ?? theirs;
}

function describe(source: ServerObject | undefined, replica: ServerObject | undefined): ServerDifference {
  const object = (source ?? replica)!;
  if (object.kind === 'auto-increment') {
    const detail = `source ${source?.definition ?? 'none'}, replica ${replica?.definition ?? 'none'}`;
    return { kind: object.kind, schema: object.schema, name: object.name, detail, rows: [] };
  }
  const [difference] = compareDefinitions(
    source === undefined ? [] : [source],
    replica === undefined ? [] : [replica],
  );
  if (difference !== undefined) return difference;
  throw new TailraceError('TR_INTERNAL', { what: `${object.kind} ${object.name} differs in nothing.` });
}

/** Of a schema or table that only one side has, what is in it is not listed as well. */
function withoutContents(differences: readonly ServerDifference[]): ServerDifference[] {
  const onOneSide = ({ detail }: ServerDifference): boolean => detail.startsWith('only on the ');
  const schemas = new Set(
    differences.filter((found) => found.kind === 'schema' && onOneSide(found)).map(({ schema }) => schema),
  );
  const tables = new Set(
    differences
      .filter((found) => found.kind === 'table' && onOneSide(found))
      .map(({ schema, name }) => JSON.stringify([schema, name])),
  );
  return differences.filter(
    ({ kind, schema, name }) =>
      kind === 'schema' ||
      (!schemas.has(schema) && !(kind === 'auto-increment' && tables.has(JSON.stringify([schema, name])))),
  );
}

interface ReadOptions {
  readonly filter: VerifyFilter;
  readonly only: ReadonlySet<string> | null;
  readonly sameVersion: boolean;
  readonly signal: AbortSignal;
}

async function readObjects(connection: ServerConnection, options: ReadOptions): Promise<Objects> {
  const { filter, only, signal } = options;
  const objects = new Map<string, ServerObject>();
  for (const schema of await userSchemas(connection)) {
    if (signal.aborted) break;
    if (!wantsSchema(filter, schema) || (only !== null && !only.has(schema))) continue;
    for (const object of await readSchema(connection, schema, options)) objects.set(idOf(object), object);
  }
  return objects;
}

/** Begun again when something in the schema has gone meanwhile. */
async function readSchema(
  connection: ServerConnection,
  schema: string,
  { filter, sameVersion, signal }: ReadOptions,
): Promise<ServerObject[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const objects = await schemaObjects(connection, schema);
      const terms = sameVersion ? null : await sharedTerms(connection, schema);
      return objects
        .filter((object) => isWanted(filter, object))
        .flatMap((object) => (terms === null ? withCounterApart(object) : [inSharedTerms(object, terms)]));
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      const gone = goneErrnos.has(error.errno);
      if (gone && !(await userSchemas(connection)).includes(schema)) return [];
      if (!gone || attempt === readsMax) throw refusal(schema, error);
      await pause(readPauseMs, signal);
    }
  }
}

/** The next AUTO_INCREMENT number as an object of its own: it moves with the rows, and the definition does not. */
function withCounterApart(object: ServerObject): ServerObject[] {
  if (object.kind !== 'table') return [object];
  const { rest, counter } = splitAutoIncrement(object.definition);
  const table = { ...object, definition: rest };
  return counter === null ? [table] : [table, { ...object, kind: 'auto-increment', definition: counter }];
}

function isWanted(filter: VerifyFilter, { kind, schema, name }: ServerObject): boolean {
  if (wantsWholeSchema(filter, schema)) return true;
  return kind === 'table' && wantsTable(filter, schema, name);
}

function idOf({ schema, kind, name }: ServerObject): string {
  return JSON.stringify([schema, kind, name]);
}

function schemaOf(id: string): string {
  return (JSON.parse(id) as [string, string, string])[0];
}

function isCounter(id: string): boolean {
  return (JSON.parse(id) as [string, string, string])[1] === 'auto-increment';
}

function labelOf(id: string): string {
  const [schema, kind, name] = JSON.parse(id) as [string, string, string];
  return kind === 'schema' ? `schema ${schema}` : `${kind} ${schema}.${name}`;
}

function refusal(schema: string, error: ServerError): TailraceError {
  return new TailraceError('TR_VERIFY_REFUSED', {
    what: `A server refused to show the definitions of schema ${schema}.`,
    why: error.message,
    cause: error,
  });
}

import type { DifferenceKind, ServerDifference } from './server-difference.js';
import { notShown, type ServerObject } from './server-objects.js';

const lineCharactersMax = 160;

/** Compares the objects of both servers, by kind and name. Pure. */
export function compareDefinitions(
  source: readonly ServerObject[],
  replica: readonly ServerObject[],
): ServerDifference[] {
  const differences: ServerDifference[] = [];
  const add = (kind: DifferenceKind, object: ServerObject, detail: string): void => {
    differences.push({ kind, schema: object.schema, name: object.name, detail, rows: [] });
  };
  const unmatched = new Map(replica.map((object) => [keyOf(object), object]));
  for (const object of source) {
    const other = unmatched.get(keyOf(object));
    unmatched.delete(keyOf(object));
    if (other === undefined) {
      add(object.kind, object, 'only on the source');
      continue;
    }
    if (object.definition === notShown || other.definition === notShown) continue;
    const [mine, theirs] = [object, other].map(({ definition }) => splitAutoIncrement(definition)) as [
      Split,
      Split,
    ];
    const rest = withExpectedEventState(mine.rest, theirs.rest);
    if (rest !== theirs.rest) add(object.kind, object, firstDifference(rest, theirs.rest));
    if (mine.counter !== theirs.counter) {
      add('auto-increment', object, `source ${mine.counter ?? 1}, replica ${theirs.counter ?? 1}`);
    }
  }
  for (const object of unmatched.values()) add(object.kind, object, 'only on the replica');
  return differences;
}

const eventState = /(ON COMPLETION (?:NOT )?PRESERVE) (?:ENABLE|DISABLE(?: ON (?:REPLICA|SLAVE))?)/;

/**
 * Replication switches every event off on a replica (DISABLE ON REPLICA, before 8.2 ON SLAVE), whatever state it has on the
 * source: that is as it should be.
 */
export function withExpectedEventState(source: string, replica: string): string {
  const state = /ON COMPLETION (?:NOT )?PRESERVE (DISABLE ON (?:REPLICA|SLAVE))/.exec(replica);
  return state === null ? source : source.replace(eventState, `$1 ${state[1]}`);
}

function keyOf({ kind, schema, name }: ServerObject): string {
  return JSON.stringify([kind, schema, name]);
}

/** A table's definition without the next number of its AUTO_INCREMENT column, and that number. */
export interface Split {
  readonly rest: string;
  readonly counter: string | null;
}

/** Takes the counter out of a table's options, the one line of SHOW CREATE TABLE that starts with a parenthesis. */
export function splitAutoIncrement(definition: string): Split {
  // A tablespace may stand between, in a comment for older versions.
  const match = /^(\)(?: \/\*.*?\*\/)? ENGINE=\w+) AUTO_INCREMENT=(\d+)/m.exec(definition);
  if (match === null) return { rest: definition, counter: null };
  const [whole, before = '', counter = ''] = match;
  return { rest: definition.replace(whole, () => before), counter };
}

function firstDifference(source: string, replica: string): string {
  const [sourceLines, replicaLines] = [source.split('\n'), replica.split('\n')];
  const at = sourceLines.findIndex((line, index) => line !== replicaLines[index]);
  const index = at === -1 ? sourceLines.length : at;
  const shown = (line: string | undefined) => (line ?? 'nothing').trim().slice(0, lineCharactersMax);
  return `source has «${shown(sourceLines[index])}», replica «${shown(replicaLines[index])}»`;
}

import { columnsInFront, type ComparisonManner, type TableDifference } from './schema-difference.js';
import type { KeyDefinition, TableDefinition } from './table-definition.js';

const note = (what: string): TableDifference => ({ weight: 'note', what });
const doubt = (what: string): TableDifference => ({ weight: 'doubt', what });

const partsOf = ({ parts }: KeyDefinition): string => `(${parts.join(', ')})`;
const same = (a: KeyDefinition, b: KeyDefinition): boolean =>
  partsOf(a).toLowerCase() === partsOf(b).toLowerCase();

/** How keys, foreign keys, CHECK constraints, partitions and engine differ, and what that leads to. */
export function constraintDifferences(
  source: TableDefinition,
  replica: TableDefinition,
  { sameWords }: ComparisonManner,
): TableDifference[] {
  return [
    ...primaryKey(source, replica),
    ...uniqueKeys(source, replica, sameWords),
    ...foreignKeys(source, replica),
    ...(sameWords ? checks(source, replica) : []),
    ...(sameWords ? partitions(source, replica) : []),
    ...engines(source, replica),
  ];
}

function primaryKey(source: TableDefinition, replica: TableDefinition): TableDifference[] {
  const [theirs, ours] = [source, replica].map(({ keys }) => keys.find(({ name }) => name === 'PRIMARY'));
  // A key that the server made by itself is told of with the columns.
  if (columnsInFront(source, replica) === 1) return [];
  if (ours === undefined && theirs === undefined) return [];
  if (ours === undefined) {
    return [doubt('the replica has no primary key: rows are found by their whole image, one by one')];
  }
  if (theirs === undefined) {
    return [
      doubt(`only the replica has a primary key, ${partsOf(ours)}: a row that doubles it stops the link`),
    ];
  }
  if (same(theirs, ours)) return [];
  return [
    doubt(
      `the primary key is ${partsOf(theirs)} on the source and ${partsOf(ours)} on the replica: rows are found by the replica’s key, and one that doubles it stops the link`,
    ),
  ];
}

function uniqueKeys(
  source: TableDefinition,
  replica: TableDefinition,
  sameWords: boolean,
): TableDifference[] {
  // Other versions print expressions in other words.
  const of = ({ keys }: TableDefinition): KeyDefinition[] =>
    keys.filter(
      ({ name, parts }) => name !== 'PRIMARY' && (sameWords || !parts.some((part) => part.startsWith('('))),
    );
  const [theirs, ours] = [of(source), of(replica)];
  const all = (table: TableDefinition, key: KeyDefinition): boolean =>
    table.keys.some((own) => same(own, key));
  return [
    ...ours
      .filter((key) => !all(source, key))
      .map((key) =>
        doubt(
          `unique key ${key.name} ${partsOf(key)} is on the replica only: a value that is there twice stops the link; one that is twice only in between may pass, where MySQL’s own replica stops`,
        ),
      ),
    ...theirs
      .filter((key) => !all(replica, key))
      .map((key) => note(`unique key ${key.name} ${partsOf(key)} is on the source only`)),
  ];
}

function foreignKeys(source: TableDefinition, replica: TableDefinition): TableDifference[] {
  const found: TableDifference[] = [];
  const text = (refers: string): string => refers.toLowerCase();
  for (const key of replica.foreignKeys) {
    const theirs = source.foreignKeys.find(({ refers }) => text(refers) === text(key.refers));
    if (theirs === undefined) {
      found.push(
        doubt(
          `foreign key ${key.name} ${key.refers} is on the replica only: tailrace applies rows that it forbids, without its actions, where MySQL’s own replica stops or carries them out`,
        ),
      );
    } else if (theirs.rules !== key.rules) {
      found.push(
        doubt(
          `foreign key ${key.name} ${key.refers} says ${theirs.rules} on the source and ${key.rules} on the replica: where the source logs what it does, the replica does what is logged`,
        ),
      );
    }
  }
  for (const key of source.foreignKeys) {
    if (replica.foreignKeys.some(({ refers }) => text(refers) === text(key.refers))) continue;
    // Only a source that logs what its engine does to children can do without the key.
    const acts = /CASCADE|SET NULL|SET DEFAULT/.test(key.rules);
    const what = `foreign key ${key.name} ${key.refers} is on the source only`;
    found.push(
      acts
        ? doubt(`${what}: what it does to rows must be in the log, as of MySQL 9.6, or is lost`)
        : note(what),
    );
  }
  return found;
}

function checks(source: TableDefinition, replica: TableDefinition): TableDifference[] {
  return [
    ...replica.checks
      .filter((clause) => !source.checks.includes(clause))
      .map((clause) => doubt(`CHECK ${clause} is on the replica only: a row that it forbids stops the link`)),
    ...source.checks
      .filter((clause) => !replica.checks.includes(clause))
      .map((clause) => note(`CHECK ${clause} is on the source only`)),
  ];
}

function partitions(source: TableDefinition, replica: TableDefinition): TableDifference[] {
  if (source.partitions === replica.partitions) return [];
  if (replica.partitions === '') return [note('the source has it in partitions')];
  const bounded = /^(RANGE|LIST)/i.test(replica.partitions);
  const what = 'the replica has it in other partitions';
  return [bounded ? doubt(`${what}: a row that none of them takes stops the link`) : note(what)];
}

function engines(source: TableDefinition, replica: TableDefinition): TableDifference[] {
  const [theirs, ours] = [source.engine ?? '?', replica.engine ?? '?'];
  if (theirs.toLowerCase() === ours.toLowerCase()) return [];
  const what = `its engine is ${theirs} on the source and ${ours} on the replica`;
  return [ours.toLowerCase() === 'blackhole' ? doubt(`${what}, which keeps no rows`) : note(what)];
}

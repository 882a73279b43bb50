import { constraintDifferences } from '../schema/constraint-difference.js';
import { quoteTable } from '../mysql/identifier.js';
import { listNames, type Problem } from './problem.js';
import {
  columnDifferences,
  type ComparisonManner,
  type TableDifference,
} from '../schema/schema-difference.js';
import { isTransactionalEngine } from '../schema/schema-rows.js';
import type { ServerFacts } from '../mysql/server-facts.js';
import { readDefinitions, speaksToday, type TableDefinition } from '../schema/table-definition.js';

/** Schemas of the server and of tailrace itself; nothing in them is compared. */
const ownSchemas = new Set([
  'information_schema',
  'performance_schema',
  'mysql',
  'sys',
  'ndbinfo',
  'tailrace',
]);

/** So many schemas are read with one statement; with ten thousand of one table each, a statement for each takes minutes. */
const schemasAtOnce = 200;
/** The comparison stops after this many tables. */
const tablesComparedMax = 20_000;
const differencesShownMax = 50;
/** Of one table. */
const reasonsShownMax = 8;

/** Before a cure that would break a statement which is still to be replayed. */
const whileWaiting =
  'None as long as statements wait in the binary log: one of them may make the tables alike, and would fail if that was done already. Where this stays when the replica is level: ';

/** The schemas that hold data, by name. */
export async function readUserSchemas(facts: ServerFacts): Promise<string[]> {
  const rows = await facts.connection.query<{ name: string }>(
    'SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA ORDER BY SCHEMA_NAME',
  );
  return rows.map((row) => row.name).filter((name) => !ownSchemas.has(name.toLowerCase()));
}

/**
 * Tables that differ between source and replica, with what that leads to, and tables of the replica that cannot roll back.
 *
 * @param level nothing is waiting in the binary log, so that no pending statement explains a difference: then it is an error if it
 *   spoils values or stops the link.
 */
export async function checkSchemas(
  source: ServerFacts,
  replica: ServerFacts,
  schemas: readonly string[],
  level: boolean,
): Promise<Problem[]> {
  for (const facts of [source, replica]) await showGeneratedKeys(facts);
  const folded = [source, replica].some((facts) => facts.variable('lower_case_table_names') !== '0');
  const fold = (name: string): string => (folded ? name.toLowerCase() : name);
  const manner: ComparisonManner = {
    conversions: replica.variable('replica_type_conversions') || replica.variable('slave_type_conversions'),
    sameWords: speaksToday(source) && speaksToday(replica),
  };
  const differences: Problem[] = [];
  const missing: string[] = [];
  const notTransactional: string[] = [];
  let compared = 0;
  for (let at = 0; at < schemas.length && compared < tablesComparedMax; at += schemasAtOnce) {
    const some = schemas.slice(at, at + schemasAtOnce);
    const [theirs, ours] = await Promise.all(
      [source, replica].map((facts) => readDefinitions(facts, some, fold, tablesComparedMax)),
    );
    if (theirs === undefined || ours === undefined) break;
    compared += theirs.size;
    for (const [key, table] of ours) {
      if (table.isView || isTransactionalEngine(table.engine)) continue;
      notTransactional.push(`${schemaOf(key)}.${table.name}`);
    }
    for (const [key, table] of theirs) {
      if (table.isView) continue;
      const own = ours.get(key);
      if (own === undefined && !level) missing.push(`${schemaOf(key)}.${table.name}`);
      else if (own === undefined || own.isView)
        differences.push(missingTable(schemaOf(key), table, own, level));
      else differences.push(...compareTable(schemaOf(key), table, own, manner, level));
    }
  }
  const rank = { error: 0, warning: 1, note: 2 };
  differences.sort((a, b) => rank[a.severity] - rank[b.severity]);
  const shown = differences.slice(0, differencesShownMax);
  if (differences.length > shown.length) shown.push(moreDifferences(differences));
  return [...shown, ...waitingTables(missing), ...checkEngines(replica, notTransactional)];
}

const schemaOf = (key: string): string => key.slice(0, key.indexOf('\0'));

function compareTable(
  schema: string,
  theirs: TableDefinition,
  ours: TableDefinition,
  manner: ComparisonManner,
  level: boolean,
): Problem[] {
  const found = [...columnDifferences(theirs, ours, manner), ...constraintDifferences(theirs, ours, manner)];
  if (found.length === 0) return [];
  const has = (weight: TableDifference['weight']): boolean => found.some((one) => one.weight === weight);
  const name = quoteTable(schema, theirs.name);
  const order = { harm: 0, doubt: 1, note: 2 };
  const reasons = found.toSorted((a, b) => order[a.weight] - order[b.weight]).map(({ what }) => what);
  const more =
    reasons.length > reasonsShownMax ? `; and ${String(reasons.length - reasonsShownMax)} more` : '';
  const alike = `ALTER TABLE ${name} on the replica, under SET sql_log_bin = 0, to what SHOW CREATE TABLE ${name}; shows on the source.`;
  const cure = level ? alike : `${whileWaiting}${alike}`;
  return [
    {
      severity: has('harm') ? (level ? 'error' : 'warning') : has('doubt') ? 'warning' : 'note',
      code: has('harm') ? 'TR_SCHEMA_MISMATCH' : 'TR_SCHEMA_DIFFERS',
      what: `Table ${schema}.${theirs.name} differs: ${reasons.slice(0, reasonsShownMax).join('; ')}${more}.`,
      why: 'tailrace applies row changes by column position, by the same rules as MySQL’s own replica.',
      cure: has('harm') ? cure : `Nothing, if it is meant to be so. Else: ${cure}`,
    },
  ];
}

function missingTable(
  schema: string,
  { name }: TableDefinition,
  view: TableDefinition | undefined,
  level: boolean,
): Problem {
  const table = quoteTable(schema, name);
  const remove = view === undefined ? '' : `DROP VIEW ${table} there, `;
  return {
    severity: level ? 'error' : 'warning',
    code: 'TR_SCHEMA_MISMATCH',
    what:
      view === undefined
        ? `Table ${schema}.${name} of the source is missing on the replica.`
        : `Table ${schema}.${name} of the source is a view on the replica.`,
    why: 'Its row changes could not be applied.',
    cure: `${level ? '' : whileWaiting}On the source: SHOW CREATE TABLE ${table}; ${remove}run the result on the replica after SET sql_log_bin = 0, and copy the rows.`,
  };
}

/** While statements wait a table that is not there is as a rule one that they create: to create it by hand would break them. */
function waitingTables(tables: readonly string[]): Problem[] {
  if (tables.length === 0) return [];
  const are = tables.length === 1 ? 'is' : 'are';
  return [
    {
      severity: 'note',
      code: 'TR_SCHEMA_DIFFERS',
      what: `${tables.length === 1 ? 'A table' : `${String(tables.length)} tables`} of the source ${are} not on the replica yet: ${listNames(tables)}.`,
      why: 'The replica is behind, so the CREATE TABLE may still be in the part of the binary log that it has not applied.',
      cure: 'Do nothing while the link runs: a table that you create by hand would make the CREATE TABLE fail. Create the table on the replica only if the link stops at it.',
    },
  ];
}

function moreDifferences(differences: readonly Problem[]): Problem {
  return {
    severity: differences[differencesShownMax]?.severity ?? 'note',
    code: 'TR_SCHEMA_DIFFERS',
    what: `${String(differences.length)} tables differ in total. ${String(differencesShownMax)} are shown, the worst first.`,
    cure: 'Fix those that are not intended, then check again. Or reseed the replica from a new backup.',
  };
}

function checkEngines(replica: ServerFacts, tables: readonly string[]): Problem[] {
  const [first] = tables;
  if (first === undefined) return [];
  return [
    {
      severity: 'warning',
      code: 'TR_ENGINE_NOT_TRANSACTIONAL',
      what: `Tables of the ${replica.label} use an engine that cannot roll back: ${listNames(tables)}.`,
      why: 'If an epoch fails or the replica crashes, their changes stay while the others are rolled back, and are then applied again.',
      cure: `Run ALTER TABLE … ENGINE = InnoDB; for each, on the source.`,
    },
  ];
}

/** A generated invisible primary key is a column of the rows, so it must be seen in this session. */
async function showGeneratedKeys(facts: ServerFacts): Promise<void> {
  const variable = 'show_gipk_in_create_table_and_information_schema';
  if (facts.variable(variable) === '') return;
  await facts.connection.execute(`SET SESSION ${variable} = ON`);
}

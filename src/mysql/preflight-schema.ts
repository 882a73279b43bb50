import { quoteTable } from './identifier.js';
import { listNames, type Problem } from './problem.js';
import { type ColumnDefinition, tableDifference } from './schema-difference.js';
import { isTransactionalEngine } from './schema-rows.js';
import type { ServerFacts } from './server-facts.js';

/** Schemas of the server and of tailrace itself; nothing in them is compared. */
const ownSchemas = new Set([
  'information_schema',
  'performance_schema',
  'mysql',
  'sys',
  'ndbinfo',
  'tailrace',
]);

/** The comparison reads one schema at a time, and stops after this many tables. */
const tablesComparedMax = 20_000;
const differencesShownMax = 50;

interface SchemaTables {
  /** Columns in ordinal order, by table name. */
  readonly columns: ReadonlyMap<string, ColumnDefinition[]>;
  readonly notTransactional: readonly string[];
}

/** The schemas that hold data, by name. */
export async function readUserSchemas(facts: ServerFacts): Promise<string[]> {
  const rows = await facts.connection.query<{ name: string }>(
    'SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA ORDER BY SCHEMA_NAME',
  );
  return rows.map((row) => row.name).filter((name) => !ownSchemas.has(name.toLowerCase()));
}

/**
 * Tables that differ between source and replica, and tables of the replica that cannot roll back.
 *
 * @param level nothing is waiting in the binary log, so that no pending statement explains a difference: then it is an error.
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
  const differences: Problem[] = [];
  const notTransactional: string[] = [];
  let compared = 0;
  for (const schema of schemas) {
    if (compared >= tablesComparedMax) break;
    const theirs = await readTables(source, schema, fold);
    const ours = await readTables(replica, schema, fold);
    compared += theirs.columns.size;
    notTransactional.push(...ours.notTransactional.map((table) => `${schema}.${table}`));
    differences.push(...compareSchema(schema, theirs, ours, level));
  }
  const shown = differences.slice(0, differencesShownMax);
  if (differences.length > shown.length) shown.push(moreDifferences(differences.length, level));
  return [...shown, ...checkEngines(replica, notTransactional)];
}

function compareSchema(schema: string, theirs: SchemaTables, ours: SchemaTables, level: boolean): Problem[] {
  const problems: Problem[] = [];
  const severity = level ? 'error' : 'warning';
  const pending = level ? '' : ' A statement that is still to be replayed may change that.';
  for (const [table, theirColumns] of theirs.columns) {
    const name = quoteTable(schema, table);
    const ourColumns = ours.columns.get(table);
    if (ourColumns === undefined) {
      problems.push({
        severity,
        code: 'TR_SCHEMA_MISMATCH',
        what: `Table ${schema}.${table} of the source is missing on the replica.`,
        why: `Its row changes could not be applied.${pending}`,
        cure: `On the source: SHOW CREATE TABLE ${name}; run the result on the replica, under SET sql_log_bin = 0, and copy the rows.`,
      });
      continue;
    }
    const difference = tableDifference(theirColumns, ourColumns);
    if (difference === null) continue;
    problems.push({
      severity,
      code: 'TR_SCHEMA_MISMATCH',
      what: `Table ${schema}.${table} differs: ${difference}.`,
      why: `Row changes are applied by the position and the type of their columns.${pending}`,
      cure: `ALTER TABLE ${name} on the replica, under SET sql_log_bin = 0, to what SHOW CREATE TABLE ${name}; shows on the source.`,
    });
  }
  return problems;
}

function moreDifferences(count: number, level: boolean): Problem {
  return {
    severity: level ? 'error' : 'warning',
    code: 'TR_SCHEMA_MISMATCH',
    what: `${String(count)} tables differ in all; ${String(differencesShownMax)} are shown.`,
    cure: 'Mend those shown, then check again; or seed the replica anew.',
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
      why: 'If an epoch fails, or the replica crashes, their changes stay while the others are undone, and are then applied again.',
      cure: `ALTER TABLE … ENGINE = InnoDB; for each, on the source.`,
    },
  ];
}

async function readTables(
  facts: ServerFacts,
  schema: string,
  fold: (name: string) => string,
): Promise<SchemaTables> {
  const tables = await facts.connection.query<{ name: string; engine: string | null }>(
    `SELECT TABLE_NAME AS name, ENGINE AS engine FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE' ORDER BY TABLE_NAME LIMIT ${String(tablesComparedMax)}`,
    [schema],
  );
  const rows = await facts.connection.query<ColumnDefinition & { readonly table_name: string }>(
    `SELECT TABLE_NAME AS table_name, COLUMN_NAME AS column_name, COLUMN_TYPE AS column_type,
            CHARACTER_SET_NAME AS charset
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION`,
    [schema],
  );
  const columns = new Map<string, ColumnDefinition[]>(tables.map((table) => [fold(table.name), []]));
  for (const row of rows) columns.get(fold(row.table_name))?.push(row);
  const notTransactional = tables.filter((table) => !isTransactionalEngine(table.engine));
  return { columns, notTransactional: notTransactional.map((table) => table.name) };
}

/** A generated invisible primary key is a column of the rows, so it must be seen in this session. */
async function showGeneratedKeys(facts: ServerFacts): Promise<void> {
  const variable = 'show_gipk_in_create_table_and_information_schema';
  if (facts.variable(variable) === '') return;
  await facts.connection.execute(`SET SESSION ${variable} = ON`);
}

import { mariadbOnlyNames } from '../dialect/mariadb-collations.js';
import { listNames, type Problem } from './problem.js';
import { type ServerFacts, setGlobal } from '../mysql/server-facts.js';

const serverSchemas = "('mysql', 'sys', 'performance_schema', 'information_schema', 'tailrace')";
/** Types that MySQL does not have, or has in another format. */
const mariadbTypes = "('inet4', 'inet6', 'uuid', 'vector', 'xmltype')";
/** What a server writes behind the type of a column in a format of old: MariaDB always, MySQL 5.6 and 5.7 if asked to. */
const oldFormats = ['%/* mariadb-5.3 */%', '%/* 5.5 binary format */%'] as const;

/** What in the tables of a source of another kind cannot be carried, or would be something else on MySQL. */
export async function checkDialect(source: ServerFacts): Promise<Problem[]> {
  const problems = await checkOldTemporals(source);
  if (source.version.flavour !== 'mariadb') return problems;
  return [
    ...problems,
    ...(await checkMariadbTables(source)),
    ...checkServerCollation(source),
    ...(await checkStoredCollations(source)),
    ...checkOldMode(source),
  ];
}

async function checkOldTemporals(source: ServerFacts): Promise<Problem[]> {
  const shows = source.variable('show_old_temporals') !== '';
  if (source.version.flavour !== 'mariadb' && !shows) return [];
  if (shows) await source.connection.execute('SET SESSION show_old_temporals = ON');
  const columns = await names(
    source,
    `SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME, '.', COLUMN_NAME) AS name FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA NOT IN ${serverSchemas} AND (COLUMN_TYPE LIKE ? OR COLUMN_TYPE LIKE ?) ORDER BY 1`,
    oldFormats,
  );
  if (columns.length === 0) return [];
  return [
    {
      severity: 'error',
      code: 'TR_TABLE_OLD_TEMPORAL',
      what: `Tables of the ${source.label} store times in the format from before MySQL 5.6.4: ${listNames(columns)}.`,
      why: 'A replica would read other dates and times from their rows.',
      cure: 'Run ALTER TABLE … FORCE; for each on the source, then start from a later position.',
    },
  ];
}

async function checkMariadbTables(source: ServerFacts): Promise<Problem[]> {
  const kinds = [
    {
      what: 'keep their history (system versioning)',
      why: 'The log records a deleted row as a changed one.',
      sql: `SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS name FROM information_schema.TABLES
            WHERE TABLE_TYPE = 'SYSTEM VERSIONED' AND TABLE_SCHEMA NOT IN ${serverSchemas} ORDER BY 1`,
      cure: 'Run ALTER TABLE … DROP SYSTEM VERSIONING; for each.',
    },
    {
      what: 'are sequences',
      why: 'MySQL has none.',
      sql: `SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS name FROM information_schema.TABLES
            WHERE TABLE_TYPE = 'SEQUENCE' AND TABLE_SCHEMA NOT IN ${serverSchemas} ORDER BY 1`,
      cure: 'Use AUTO_INCREMENT instead, and drop them.',
    },
    {
      what: 'have columns of types that MySQL does not have',
      why: 'Their rows cannot be applied.',
      sql: `SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME, '.', COLUMN_NAME) AS name FROM information_schema.COLUMNS
            WHERE (DATA_TYPE IN ${mariadbTypes} OR COLUMN_TYPE LIKE '%COMPRESSED%')
              AND TABLE_SCHEMA NOT IN ${serverSchemas} ORDER BY 1`,
      cure: 'Run ALTER TABLE … MODIFY … to a type that both have: CHAR(36) for UUID, VARBINARY(16) for INET6, no COMPRESSED.',
    },
  ];
  const problems: Problem[] = [];
  for (const { what, why, sql, cure } of kinds) {
    const found = await names(source, sql);
    if (found.length === 0) continue;
    problems.push({
      severity: 'error',
      code: 'TR_SOURCE_MARIADB_FORMAT',
      what: `Tables of the ${source.label} ${what}: ${listNames(found)}.`,
      why,
      cure,
    });
  }
  return problems;
}

function checkServerCollation(source: ServerFacts): Problem[] {
  const own = new RegExp(mariadbOnlyNames);
  const settings = ['collation_server', 'character_set_collations'].filter((name) =>
    source
      .variable(name)
      .split(',')
      .some((value) => own.test(value)),
  );
  if (settings.length === 0) return [];
  return [
    {
      severity: 'error',
      code: 'TR_SOURCE_COLLATION',
      what: `The ${source.label} gives new schemas and columns collations that MySQL lacks: ${settings.join(' and ')}.`,
      why: `The first CREATE without a collation would stop the link; collation_server is ${source.variable('collation_server')}.`,
      cure:
        `${setGlobal(source, 'collation_server', "'utf8mb4_unicode_520_ci'")} ` +
        `${setGlobal(source, 'character_set_collations', "''")} and the same in its configuration.`,
    },
  ];
}

async function checkStoredCollations(source: ServerFacts): Promise<Problem[]> {
  const schemas = await names(
    source,
    `SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA
     WHERE DEFAULT_COLLATION_NAME REGEXP ? AND SCHEMA_NAME NOT IN ${serverSchemas} ORDER BY 1`,
    [mariadbOnlyNames],
  );
  const tables = await names(
    source,
    `SELECT DISTINCT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS name FROM information_schema.COLUMNS
     WHERE COLLATION_NAME REGEXP ? AND TABLE_SCHEMA NOT IN ${serverSchemas} ORDER BY 1`,
    [mariadbOnlyNames],
  );
  const problems: Problem[] = [];
  if (schemas.length > 0) {
    problems.push({
      severity: 'error',
      code: 'TR_SOURCE_COLLATION',
      what: `Schemas of the ${source.label} have a default collation that MySQL lacks: ${listNames(schemas)}.`,
      why: 'The first table created there without a collation of its own would stop the link.',
      cure: 'Run ALTER DATABASE … COLLATE utf8mb4_unicode_520_ci; for each.',
    });
  }
  if (tables.length > 0) {
    problems.push({
      severity: 'warning',
      code: 'TR_SOURCE_COLLATION',
      what: `Text columns of the ${source.label} have a collation that MySQL lacks: ${listNames(tables)}.`,
      why: 'On the replica they sort and compare differently. Values that are unique on the source may not be unique there.',
      cure: 'Run ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci; for each, on both servers.',
    });
  }
  return problems;
}

function checkOldMode(source: ServerFacts): Problem[] {
  // Before 10.6 there was only one meaning, and no such mode.
  const { major, minor } = source.version;
  const isChosen = major > 10 || (major === 10 && minor >= 6);
  if (!isChosen || source.variable('old_mode').includes('UTF8_IS_UTF8MB3')) return [];
  return [
    {
      severity: 'warning',
      code: 'TR_SOURCE_COLLATION',
      what: `On the ${source.label} the character set utf8 is utf8mb4: old_mode is without UTF8_IS_UTF8MB3.`,
      why: 'On MySQL it is utf8mb3, so a statement that names utf8 would stop the link.',
      cure: setGlobal(source, 'old_mode', "'UTF8_IS_UTF8MB3'"),
    },
  ];
}

async function names(source: ServerFacts, text: string, values: readonly string[] = []): Promise<string[]> {
  const rows = await source.connection.query<{ name: string }>(text, [...values]);
  return rows.map(({ name }) => name);
}

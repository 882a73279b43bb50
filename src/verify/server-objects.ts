import { quoteIdentifier, quoteString, quoteTable } from '../mysql/identifier.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';
import { withoutImpliedCharacterSets } from './implied-character-sets.js';
import type { DifferenceKind } from './server-difference.js';

/** A schema, table, view, routine, trigger or event, with the text that defines it. */
export interface ServerObject {
  readonly kind: DifferenceKind;
  readonly schema: string;
  readonly name: string;
  readonly definition: string;
}

/** Of an object whose text the account may not see; it is then compared by its being there. */
export const notShown = 'not shown';

const tableAccessDenied = 1142;
/**
 * A view stands, but SHOW CREATE VIEW opens it and fails: ER_BAD_DB_ERROR (its schema was dropped), ER_VIEW_INVALID, ER_NO_SUCH_TABLE,
 * ER_SP_DOES_NOT_EXIST, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION (it calls a function that changes data).
 */
const cannotOpen = new Set([1049, 1356, 1146, 1305, 1792]);

const systemSchemas = new Set(['mysql', 'sys', 'information_schema', 'performance_schema', 'tailrace']);

interface NameRow {
  readonly name: string;
  readonly type: string;
}

/** The schemas that are neither the server's own nor tailrace's, in name order. */
export async function userSchemas(connection: ServerConnection): Promise<string[]> {
  const rows = await connection.query<{ name: string }>(
    'SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA ORDER BY name',
  );
  return rows.map((row) => row.name).filter((name) => !systemSchemas.has(name.toLowerCase()));
}

/** The tables of a schema that hold rows, in name order. */
export async function baseTables(connection: ServerConnection, schema: string): Promise<string[]> {
  const tables = await tablesAndViews(connection, schema);
  return tables.filter((table) => table.type !== 'VIEW').map((table) => table.name);
}

/**
 * All objects of a schema, and the schema itself, as SHOW CREATE tells them: comparable between servers of one version
 * only, since versions write the same definition in different words.
 */
export async function schemaObjects(connection: ServerConnection, schema: string): Promise<ServerObject[]> {
  const objects: ServerObject[] = [];
  const add = async (kind: DifferenceKind, name: string, statement: string): Promise<void> => {
    objects.push({ kind, schema, name, definition: await shownDefinition(connection, statement) });
  };
  await add('schema', schema, `SHOW CREATE DATABASE ${quoteIdentifier(schema)}`);
  for (const { name, type } of await tablesAndViews(connection, schema)) {
    if (type === 'VIEW')
      objects.push({
        kind: 'view',
        schema,
        name,
        definition: await viewDefinition(connection, schema, name),
      });
    else {
      const shown = await shownDefinition(connection, `SHOW CREATE TABLE ${quoteTable(schema, name)}`);
      objects.push({ kind: 'table', schema, name, definition: withoutImpliedCharacterSets(shown) });
    }
  }
  for (const { name, type } of await schemaNames(connection, 'ROUTINE', 'ROUTINE_TYPE', schema)) {
    const kind = type === 'PROCEDURE' ? 'procedure' : 'function';
    await add(kind, name, `SHOW CREATE ${kind.toUpperCase()} ${quoteTable(schema, name)}`);
  }
  for (const { name } of await schemaNames(connection, 'TRIGGER', 'EVENT_MANIPULATION', schema)) {
    await add('trigger', name, `SHOW CREATE TRIGGER ${quoteTable(schema, name)}`);
  }
  for (const { name } of await schemaNames(connection, 'EVENT', 'EVENT_TYPE', schema)) {
    await add('event', name, `SHOW CREATE EVENT ${quoteTable(schema, name)}`);
  }
  return objects;
}

function tablesAndViews(connection: ServerConnection, schema: string): Promise<NameRow[]> {
  return connection.query<NameRow>(
    `SELECT TABLE_NAME AS name, TABLE_TYPE AS type FROM information_schema.TABLES ` +
      `WHERE TABLE_SCHEMA = ${quoteString(schema)} ORDER BY name`,
  );
}

function schemaNames(
  connection: ServerConnection,
  what: 'ROUTINE' | 'TRIGGER' | 'EVENT',
  typeColumn: string,
  schema: string,
): Promise<NameRow[]> {
  return connection.query<NameRow>(
    `SELECT ${what}_NAME AS name, ${typeColumn} AS type FROM information_schema.${what}S ` +
      `WHERE ${what}_SCHEMA = ${quoteString(schema)} ORDER BY type, name`,
  );
}

/** Of a view that cannot be opened the stored text is compared. */
async function viewDefinition(connection: ServerConnection, schema: string, name: string): Promise<string> {
  try {
    return await shownDefinition(connection, `SHOW CREATE VIEW ${quoteTable(schema, name)}`);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    if (error.errno === tableAccessDenied) return notShown;
    if (!cannotOpen.has(error.errno)) throw error;
    const stored = await shownDefinition(
      connection,
      'SELECT VIEW_DEFINITION, CHECK_OPTION, DEFINER, SECURITY_TYPE, CHARACTER_SET_CLIENT, COLLATION_CONNECTION ' +
        `FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ${quoteString(schema)} AND TABLE_NAME = ${quoteString(name)}`,
    );
    // It was dropped after it was listed.
    if (stored === '') throw error;
    return stored;
  }
}

/**
 * Every column of what SHOW CREATE returns: the text, and the sql_mode, character sets and time zone that it was created
 * under, which change what it means.
 */
async function shownDefinition(connection: ServerConnection, statement: string): Promise<string> {
  const [row = {}] = await connection.query(statement);
  const parts = Object.entries(row)
    // The moment of creation, to the hundredth of a second; nothing depends on it.
    .filter(([column]) => column !== 'Created')
    .map(([column, value]) => `${column}: ${value === null ? notShown : String(value as string | number)}`);
  return parts.join('\n');
}

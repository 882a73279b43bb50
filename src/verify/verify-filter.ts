import { TailraceError } from '../errors/tailrace-error.js';

/** What to compare. */
export interface VerifyFilter {
  /** Names of schemas; null: all. */
  readonly schemas: readonly string[] | null;
  readonly tables: readonly { readonly schema: string; readonly table: string }[] | null;
}

export const everything: VerifyFilter = { schemas: null, tables: null };

/** Whether a schema, or something in it, is to be compared. */
export function wantsSchema({ schemas, tables }: VerifyFilter, schema: string): boolean {
  if (schemas === null && tables === null) return true;
  return (
    (schemas?.includes(schema) ?? false) || (tables?.some((wanted) => wanted.schema === schema) ?? false)
  );
}

/** Whether everything in the schema is to be compared, and not only some of its tables. */
export function wantsWholeSchema({ schemas, tables }: VerifyFilter, schema: string): boolean {
  return schemas === null ? tables === null : schemas.includes(schema);
}

export function wantsTable(filter: VerifyFilter, schema: string, table: string): boolean {
  return (
    wantsWholeSchema(filter, schema) ||
    (filter.tables?.some((wanted) => wanted.schema === schema && wanted.table === table) ?? false)
  );
}

const name = '(?:`((?:[^`]|``)+)`|([^`.,]+))';
const qualifiedName = new RegExp(`^${name}\\.${name}$`);

/**
 * Reads `schema.table`; a name that holds a dot or a comma stands in backticks, as in SQL. Throws TR_CONFIG_INVALID.
 */
export function parseTableName(text: string): { schema: string; table: string } {
  const match = qualifiedName.exec(text.trim());
  if (match === null) {
    throw new TailraceError('TR_CONFIG_INVALID', {
      what: `--tables: "${text}" is not the name of a table.`,
      cure: 'Write schema.table. Put a name with dots or commas in backticks.',
    });
  }
  const [, schemaQuoted, schemaPlain = '', tableQuoted, tablePlain = ''] = match;
  return {
    schema: schemaQuoted?.replaceAll('``', '`') ?? schemaPlain,
    table: tableQuoted?.replaceAll('``', '`') ?? tablePlain,
  };
}

/** Splits a list at commas that do not stand in backticks. */
export function splitNames(list: string): string[] {
  const parts = list.match(/(?:`(?:[^`]|``)*`|[^,`])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

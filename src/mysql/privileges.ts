/** Where privileges were granted: everywhere, on schemas that match a pattern, or on one table. */
interface Grant {
  /** LIKE pattern; null: on `*.*`. */
  readonly schemaPattern: string | null;
  /** Null: on every table of the schema. */
  readonly table: string | null;
  readonly privileges: ReadonlySet<string>;
}

const identifier = '`(?:[^`]|``)*`';
const grantLine = new RegExp(
  `^GRANT (.+?) ON (?:TABLE )?(\\*|${identifier})\\.(\\*|${identifier}) TO .*?( WITH GRANT OPTION)?$`,
);

/**
 * What an account may do, read from the lines of SHOW GRANTS ("SHOW GRANTS Statement" in the manual). Without a FOR clause the
 * server adds what the active roles bring. Privileges on single columns and on routines, and partial revokes, are
 * not looked at.
 */
export class Privileges {
  readonly #grants: readonly Grant[];

  private constructor(grants: readonly Grant[]) {
    this.#grants = grants;
  }

  static parse(lines: readonly string[]): Privileges {
    return new Privileges(lines.map(parseLine).filter((grant) => grant !== null));
  }

  /** On `*.*`. */
  hasGlobal(privilege: string): boolean {
    return this.#grants.some((grant) => grant.schemaPattern === null && holds(grant, privilege));
  }

  /** On every table of the schema. */
  hasOnSchema(schema: string, privilege: string): boolean {
    return this.#grants.some(
      (grant) => grant.table === null && coversSchema(grant, schema) && holds(grant, privilege),
    );
  }

  /** On this table. */
  hasOnTable(schema: string, table: string, privilege: string): boolean {
    return (
      this.hasOnSchema(schema, privilege) ||
      this.#grants.some(
        (grant) => grant.table === table && coversSchema(grant, schema) && holds(grant, privilege),
      )
    );
  }
}

function parseLine(line: string): Grant | null {
  const match = grantLine.exec(line);
  if (match === null) return null;
  const [, list = '', schema = '', table = '', withGrantOption] = match;
  const names = list
    .replaceAll(/\s*\([^)]*\)/g, '(columns)')
    .split(',')
    .map((name) => name.trim().toUpperCase())
    .filter((name) => !name.endsWith('(COLUMNS)'));
  if (withGrantOption !== undefined) names.push('GRANT OPTION');
  return {
    schemaPattern: schema === '*' ? null : unquote(schema),
    table: table === '*' ? null : unquote(table),
    privileges: new Set(names),
  };
}

function holds(grant: Grant, privilege: string): boolean {
  return (
    grant.privileges.has(privilege) ||
    (privilege !== 'GRANT OPTION' && grant.privileges.has('ALL PRIVILEGES'))
  );
}

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replaceAll('``', '`');
}

/** A schema in a grant is a LIKE pattern, but not in the grant of a table. */
function coversSchema(grant: Grant, schema: string): boolean {
  if (grant.schemaPattern === null) return true;
  if (grant.table !== null) return grant.schemaPattern === schema;
  const pattern = grant.schemaPattern.replaceAll(/\\?[^]/g, (part) => {
    if (part === '%') return '[^]*';
    if (part === '_') return '[^]';
    return escapeForRegExp(part.length === 2 ? part.slice(1) : part);
  });
  return new RegExp(`^${pattern}$`).test(schema);
}

function escapeForRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** A table by its names. */
export interface NamedTable {
  readonly schema: string;
  readonly table: string;
}

/** Names for one look-up: every table of one of these schemas that has one of these names. */
export interface NameBatch {
  readonly schemas: readonly string[];
  readonly names: readonly string[];
}

/**
 * Cuts names of tables, by schema, into look-ups that find `tablesMax` tables at most, although each asks for all of its names in
 * all of its schemas: a thousand tables of one schema, or the same table of a thousand schemas.
 */
export function* nameBatches(
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
  tablesMax: number,
): Generator<NameBatch> {
  let schemas: string[] = [];
  let names = new Set<string>();
  for (const [schema, own] of wanted) {
    const all = [...own];
    for (let from = 0; from < all.length; from += tablesMax) {
      const some = all.slice(from, from + tablesMax);
      const union = new Set([...names, ...some]);
      if ((schemas.length + 1) * union.size > tablesMax) {
        if (schemas.length > 0) yield { schemas, names: [...names] };
        schemas = [];
        names = new Set();
      }
      schemas.push(schema);
      for (const name of some) names.add(name);
    }
  }
  if (schemas.length > 0) yield { schemas, names: [...names] };
}

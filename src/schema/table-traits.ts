/** A unique key other than the primary one. Columns are 0-based ordinals as in row images. */
export interface UniqueKey {
  readonly name: string;
  readonly columns: readonly number[];
  /** Equal values have equal bytes in a row image, and no part is a prefix or an expression. */
  readonly comparable: boolean;
  /** A part is an expression: which columns it reads is not known, so any change may change the key. */
  readonly functional: boolean;
  /** For a person: what keeps it from being comparable. */
  readonly obstacle?: string;
}

/**
 * What the planner must know of a table; read from the replica (src/schema/schema-catalogue.ts), whose schema is at every
 * epoch the one that its rows were written under.
 */
export interface TableTraits {
  readonly schema: string;
  readonly table: string;
  readonly columnNames: readonly string[];
  /** 0-based ordinals in key order; null: neither a primary key nor a unique one that the server takes for it. */
  readonly primaryKey: readonly number[] | null;
  /** Equal primary keys have equal bytes in a row image. */
  readonly primaryKeyComparable: boolean;
  /** For a person: what keeps it from being comparable. */
  readonly primaryKeyObstacle?: string;
  readonly uniqueKeys: readonly UniqueKey[];
  readonly autoIncrementColumn: number | null;
  /** That column is UNSIGNED; false when there is none. */
  readonly autoIncrementUnsigned: boolean;
  /** Tables with the same group must stay in one lane; an unlinked table's group is its own `schema.table`. */
  readonly linkGroup: string;
  /** The group has more than one table, or the table refers to itself. */
  readonly linked: boolean;
  /** Some foreign key in the group has ON DELETE / ON UPDATE CASCADE, SET NULL or SET DEFAULT. */
  readonly referentialActions: boolean;
  /** Ordinals of generated columns, which the replica computes under the settings of the session that applies a row. */
  readonly generatedColumns?: readonly number[];
  /** The first column is a generated invisible primary key. */
  readonly generatedKey?: boolean;
  /**
   * Only in traits that were fitted to a table map (fit-traits.ts): the replica has columns that the source's images do not carry
   * and that it does not compute from them. A row that is deleted and inserted loses what they hold.
   */
  readonly replicaOnly?: boolean;
  /** The engine can roll back (InnoDB, NDB). */
  readonly transactional: boolean;
}

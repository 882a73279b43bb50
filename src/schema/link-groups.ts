/** A foreign key; the names are `schema.table`, as the catalogue compares them. */
export interface ForeignKey {
  /** For a person; nothing is decided by it. */
  readonly name?: string;
  readonly child: string;
  readonly parent: string;
  /** ON DELETE or ON UPDATE changes rows of the child: CASCADE, SET NULL or SET DEFAULT. */
  readonly hasAction: boolean;
}

/** Which tables a table must stay together with. */
export interface LinkGroup {
  /** The first member by name. */
  readonly name: string;
  readonly linked: boolean;
  readonly referentialActions: boolean;
}

/**
 * Groups tables that are connected, over any number of steps, by foreign keys or by a declared list. A table that no key
 * and no list names is in no group.
 */
export function linkGroups(
  foreignKeys: readonly ForeignKey[],
  declared: readonly (readonly string[])[],
): ReadonlyMap<string, LinkGroup> {
  const parentOf = new Map<string, string>();
  for (const { child, parent } of foreignKeys) join(parentOf, child, parent);
  for (const tables of declared) {
    const first = tables[0];
    if (first === undefined) continue;
    for (const table of tables) join(parentOf, first, table);
  }

  const membersOf = new Map<string, string[]>();
  for (const table of parentOf.keys()) {
    const root = rootOf(parentOf, table);
    const members = membersOf.get(root);
    if (members === undefined) membersOf.set(root, [table]);
    else members.push(table);
  }
  const selfReferences = new Set(
    foreignKeys.filter((key) => key.child === key.parent).map((key) => key.child),
  );
  const rootsWithActions = new Set(
    foreignKeys.filter((key) => key.hasAction).map((key) => rootOf(parentOf, key.child)),
  );

  const groups = new Map<string, LinkGroup>();
  for (const [root, members] of membersOf) {
    const name = members.reduce((least, member) => (member < least ? member : least));
    const group = {
      name,
      linked: members.length > 1 || selfReferences.has(name),
      referentialActions: rootsWithActions.has(root),
    };
    for (const member of members) groups.set(member, group);
  }
  return groups;
}

function rootOf(parentOf: Map<string, string>, table: string): string {
  let root = table;
  for (;;) {
    const parent = parentOf.get(root);
    if (parent === undefined || parent === root) break;
    root = parent;
  }
  // Halves later walks: long chains of tables would otherwise be walked again for every member.
  let step = table;
  while (step !== root) {
    const next = parentOf.get(step) ?? root;
    parentOf.set(step, root);
    step = next;
  }
  return root;
}

function join(parentOf: Map<string, string>, a: string, b: string): void {
  if (!parentOf.has(a)) parentOf.set(a, a);
  if (!parentOf.has(b)) parentOf.set(b, b);
  parentOf.set(rootOf(parentOf, a), rootOf(parentOf, b));
}

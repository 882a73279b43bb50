import { gtidManner, type GtidManner, readReplicaFacts } from '../target/replica-facts.js';
import type { LinkSettings } from '../link/link-settings.js';
import type { ForeignKey } from '../schema/link-groups.js';
import { readNativeReplication, handoffManner } from '../mysql/native-replication.js';
import { readUserSchemas } from './check-schema.js';
import { SchemaCatalogue, type TableLinks } from '../schema/schema-catalogue.js';
import { openConnection, type ServerConnection } from '../mysql/server-connection.js';
import { readServerFacts, type ServerFacts } from '../mysql/server-facts.js';
import { isMysqlAtLeast } from '../mysql/server-version.js';
import { explainTables, type SourceHabits, type TableExplanation } from '../plan/explain-table.js';
import type { TableTraits } from '../schema/table-traits.js';

/** So many tables are looked at; the summary says when there are more. */
export const tablesPlannedMax = 100_000;

/** What ties a table to others. */
export interface PlannedLinks {
  readonly foreignKeys: readonly ForeignKey[];
  /** Lists of the configuration that name the table. */
  readonly declared: readonly (readonly string[])[];
}

/** One table of the plan. */
export interface PlannedTable extends TableExplanation {
  /** Names of the columns, in key order; null: none. */
  readonly primaryKey: readonly string[] | null;
  readonly links: PlannedLinks;
}

/** What a link is going to do, read from both servers before it runs. */
export interface LinkPlan {
  readonly lanes: number;
  readonly partition: LinkSettings['partition'];
  readonly habits: SourceHabits;
  readonly gtids: GtidManner;
  /** How native replication would take over; null: it is not configured on the replica. */
  readonly handoff: ReturnType<typeof handoffManner> | null;
  readonly tables: readonly PlannedTable[];
  /** Some tables were left out, for there are more than `tablesPlannedMax`. */
  readonly cut: boolean;
}

/** Reads the plan of a link. Changes nothing. Rejects with TailraceError or ServerError when a server cannot be asked. */
export async function readLinkPlan(settings: LinkSettings): Promise<LinkPlan> {
  const connections: ServerConnection[] = [];
  const facts = async (role: ServerFacts['role']): Promise<ServerFacts> => {
    const connection = await openConnection(settings[role], { sessionLabel: `plan of the ${role}` });
    connections.push(connection);
    return readServerFacts(role, connection);
  };
  try {
    const [source, replica] = [await facts('source'), await facts('replica')];
    return await planOf(settings, source, replica);
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
}

async function planOf(settings: LinkSettings, source: ServerFacts, replica: ServerFacts): Promise<LinkPlan> {
  const { lanes, partition } = settings;
  const catalogue = new SchemaCatalogue(replica.connection, { linkedTables: settings.linkedTables });
  const traits: TableTraits[] = [];
  for (const schema of await readUserSchemas(replica)) {
    if (traits.length > tablesPlannedMax) break;
    traits.push(...(await catalogue.loadSchema(schema)));
  }
  const cut = traits.length > tablesPlannedMax;
  const links = await catalogue.links();
  const channel = await readNativeReplication(replica.connection);
  const habits = sourceHabits(source);
  const byName = (a: TableTraits, b: TableTraits): number =>
    a.schema === b.schema ? a.table.localeCompare(b.table) : a.schema.localeCompare(b.schema);
  const looked = traits.slice(0, tablesPlannedMax).sort(byName);
  const explained = explainTables(looked, habits, { strategy: partition, lanes });
  const linksOf = linksByTable(links, replica.variable('lower_case_table_names') !== '0');
  return {
    lanes,
    partition,
    habits,
    gtids: gtidManner(
      { gtidMode: source.variable('gtid_mode') === 'ON' },
      await readReplicaFacts(replica.connection),
    ),
    handoff: channel === null ? null : handoffManner(channel),
    tables: explained.map((explanation, i) => {
      const own = looked[i] as TableTraits;
      const { primaryKey, columnNames } = own;
      return {
        ...explanation,
        primaryKey: primaryKey === null ? null : primaryKey.map((column) => columnNames[column] ?? ''),
        links: linksOf(own),
      };
    }),
    cut,
  };
}

/** How the source logs, by its global settings; a session may differ, and every event is looked at again. */
export function sourceHabits(source: Pick<ServerFacts, 'variable' | 'version'>): SourceHabits {
  const images = source.variable('binlog_row_image');
  return {
    partialImages:
      (images !== '' && images !== 'FULL') || source.variable('binlog_row_value_options') === 'PARTIAL_JSON',
    actionsLogged:
      isMysqlAtLeast(source.version, 9, 6) && source.variable('innodb_native_foreign_keys') !== 'ON',
  };
}

/** Finds the foreign keys that a table has or is named by, and the declared lists that it stands in. */
function linksByTable(links: TableLinks, namesAreFolded: boolean): (traits: TableTraits) => PlannedLinks {
  const byTable = new Map<string, { foreignKeys: ForeignKey[]; declared: (readonly string[])[] }>();
  const of = (table: string): { foreignKeys: ForeignKey[]; declared: (readonly string[])[] } => {
    const known = byTable.get(table) ?? { foreignKeys: [], declared: [] };
    byTable.set(table, known);
    return known;
  };
  for (const key of links.foreignKeys) {
    for (const table of new Set([key.child, key.parent])) of(table).foreignKeys.push(key);
  }
  for (const list of links.declared) for (const table of new Set(list)) of(table).declared.push(list);
  const none: PlannedLinks = { foreignKeys: [], declared: [] };
  return ({ schema, table }) => {
    const name = `${schema}.${table}`;
    return byTable.get(namesAreFolded ? name.toLowerCase() : name) ?? none;
  };
}

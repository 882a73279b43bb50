import { beforeAll, expect, test } from '@jest/globals';
import type { LinkSettings } from '../../src/link/link-settings.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { differingTables, type DifferingTable } from '../support/differing-tables.js';
import { asOneEpoch, catchUp, type LinkRun } from '../support/engine-link.js';
import type { TestLab } from '../support/lab.js';
import { useNativeWitness, type WitnessedLab, witnessIsLevel } from '../support/native-witness.js';
import { sql } from '../support/sql.js';

const witnessed = useNativeWitness();

beforeAll(async () => {
  const { lab, onWitness } = await witnessed();
  for (const replica of [lab.onReplica, onWitness]) {
    await sql(replica, "SET GLOBAL replica_type_conversions = 'ALL_LOSSY,ALL_NON_LOSSY'");
  }
});

type Apply = (lab: TestLab, statements: readonly string[]) => Promise<LinkRun>;

const singly: Partial<LinkSettings> = { epochRowsMax: 1 };
const manners: readonly (readonly [string, Apply])[] = [
  ['many transactions an epoch', (lab, statements) => asOneEpoch(lab, {}, statements)],
  [
    'one transaction an epoch',
    async (lab, statements) => {
      await sql(lab.onSource, ...statements);
      return catchUp(lab, singly);
    },
  ],
];

test.each(manners)(
  'tables that differ from the source hold what they hold on a replica of MySQL: %s',
  async (manner, apply) => {
    const servers = await witnessed();
    const { lab, onWitness } = servers;
    const schemaOf = (at: number): string => `${manner.slice(0, 3)}_${String(at)}`;
    const each = (of: (table: DifferingTable) => readonly string[]): string[] =>
      differingTables.flatMap((table, at) => [`USE ${schemaOf(at)}`, ...of(table)]);
    await sql(lab.source, ...differingTables.map((_, at) => `CREATE DATABASE ${schemaOf(at)}`));
    await sql(lab.source, ...each(({ create }) => create));
    await levelBoth(servers);
    for (const replica of [lab.replica, lab.replicas[1]]) {
      if (replica !== undefined) {
        await sql(
          replica,
          'SET sql_log_bin = 0, SESSION binlog_row_image = FULL',
          ...each(({ differ }) => differ),
        );
      }
    }
    const run = await apply(
      lab,
      each(({ work }) => work),
    );
    await witnessIsLevel(servers);
    expect(run.report.fallbacks).toBe(0);
    const [ours, theirs] = [lab.onReplica, onWitness].map((replica) =>
      Promise.all(differingTables.map((table, at) => contents(replica, schemaOf(at), table))),
    );
    expect(await ours).toEqual(await theirs);
  },
);

async function levelBoth(servers: WitnessedLab): Promise<void> {
  await catchUp(servers.lab);
  await witnessIsLevel(servers);
}

/** All columns of its tables, those too that no `SELECT *` shows. */
async function contents(
  replica: ServerConnection,
  schema: string,
  { what }: DifferingTable,
): Promise<{ what: string; tables: unknown }> {
  await sql(replica, 'SET SESSION show_gipk_in_create_table_and_information_schema = ON');
  const columns = await replica.query<{ tab: string; names: string }>(
    `SELECT TABLE_NAME AS tab, GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION) AS names
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? GROUP BY TABLE_NAME ORDER BY TABLE_NAME`,
    [schema],
  );
  const tables = [];
  for (const { tab, names } of columns) {
    tables.push(await replica.query(`SELECT ${names} FROM ${schema}.${tab} ORDER BY ${names}`));
  }
  return { what, tables };
}

import { printable } from '../errors/printable.js';
import type { StrictReason } from '../plan/strict-reason.js';
import type { LinkPlan, PlannedTable } from '../preflight/link-plan.js';
import { formatCount } from './format-quantity.js';

/** Names shown of each group in the summary. */
const namesShownMax = 5;
/** Foreign keys shown of each table. */
const linksShownMax = 10;

const nameOf = ({ schema, table }: { readonly schema: string; readonly table: string }): string =>
  printable(`${schema}.${table}`);

/** The plan in a few lines, however many tables there are; only what is out of the ordinary is named. */
export function renderPlanSummary(plan: LinkPlan): string {
  const { tables } = plan;
  const plain = tables.filter(isPlain);
  const lines = [
    `  plan    ${formatCount(tables.length)}${plan.cut ? ' and more' : ''} ${tables.length === 1 ? 'table' : 'tables'}, ${plan.lanes} ${plan.lanes === 1 ? 'lane' : 'lanes'}, partition ${plan.partition}`,
    group('net changes, in any lane', plain),
    group(
      'by row over several lanes',
      tables.filter(({ unit }) => unit === 'row'),
    ),
    ...['no-primary-key', 'linked', 'key'].map((kind) =>
      group(
        `never split by row: ${obstacleWords[kind as keyof typeof obstacleWords]}`,
        tables.filter(({ splitObstacle }) => splitObstacle?.kind === kind),
      ),
    ),
    group(
      'in source order in lane 0: no key',
      tables.filter(({ applied }) => applied === 'in-order'),
    ),
    group('alone, as the source wrote it: the engine cannot roll back', tables.filter(isUnsafe)),
    ...(Object.keys(strictWords) as StrictReason[]).map((reason) =>
      group(
        `in source order ${strictWords[reason]}`,
        tables.filter(({ sourceOrder }) => sourceOrder.some((one) => one.reason === reason)),
      ),
    ),
    group(
      'AUTO_INCREMENT kept equal to the source',
      tables.filter(({ autoIncrementColumn }) => autoIncrementColumn !== null),
    ),
  ].filter((line) => line !== null);
  return [...lines, ...gtidLines(plan)].join('\n');
}

/** Every table of the plan, a paragraph each. */
export function renderPlanTables({ tables }: LinkPlan): string {
  return tables.map(renderTable).join('\n');
}

const isPlain = ({ applied, splitObstacle, linkGroup, sourceOrder }: PlannedTable): boolean =>
  applied === 'net-changes' && splitObstacle === null && linkGroup === null && sourceOrder.length === 0;

const isUnsafe = ({ applied }: PlannedTable): boolean => applied === 'alone';

const obstacleWords = {
  'no-primary-key': 'no primary key',
  linked: 'linked with others',
  key: 'equal keys may have different bytes',
} as const;

const strictWords: Readonly<Record<StrictReason, string>> = {
  'partial-image': 'while the source logs images without all columns, or partial JSON',
  'linked-without-key': 'because a linked table has no primary key',
  'unlogged-actions':
    'when rows of linked tables are updated or deleted: the source does not log foreign-key actions',
  'replica-only-columns': 'because the replica has columns of its own, which an update must not reset',
};

function group(what: string, tables: readonly PlannedTable[]): string | null {
  if (tables.length === 0) return null;
  const names = tables.slice(0, namesShownMax).map(nameOf).join(', ');
  const more = tables.length > namesShownMax ? ', …' : '';
  return `          ${formatCount(tables.length).padStart(6)}  ${what} (${names}${more})`;
}

function gtidLines({ gtids, handoff }: LinkPlan): string[] {
  const progress = gtids.canAdopt
    ? 'single transactions keep their GTID; those applied together are added to gtid_purged right after their commit'
    : gtids.byGtid
      ? 'the replica cannot adopt GTIDs: only the checkpoint shows what is applied'
      : 'file and position in the checkpoint only; the replica records no GTIDs';
  const after =
    handoff === null
      ? 'native replication is not configured on the replica, so --handoff native has nothing to start'
      : handoff === 'gtid'
        ? '--handoff native restarts native replication with auto-position'
        : '--handoff native restarts native replication from file and position';
  return [
    `  GTIDs   ${progress}`,
    '          the replica’s own binary log does not contain what lanes write',
    `  after   ${after}`,
  ];
}

const unitWords: Readonly<Record<PlannedTable['unit'], string>> = {
  row: 'rows over several lanes when there is enough work',
  table: 'one lane for the whole table',
  'linked-tables': 'one lane for all linked tables',
  schema: 'one lane for the whole schema',
  'lane-0': 'lane 0',
};

function renderTable(table: PlannedTable): string {
  const { splitObstacle, links, autoIncrementColumn, primaryKey } = table;
  const lines = [`  ${nameOf(table)}`, `    applied  ${appliedWords(table, primaryKey)}`];
  lines.push(`    lanes    ${unitWords[table.unit]}`);
  if (splitObstacle?.kind === 'key') {
    lines.push(
      `             not by row: key ${splitObstacle.key}: ${splitObstacle.why ?? 'cannot be compared'}`,
    );
  }
  for (const { reason, kinds, ...of } of table.sourceOrder) {
    const whose = nameOf(of) === nameOf(table) ? '' : ` (${kinds.join(', ')} of ${nameOf(of)})`;
    lines.push(`    order    in source order ${strictWords[reason]}${whose}`);
  }
  const shown = links.foreignKeys.slice(0, linksShownMax);
  for (const key of shown) {
    const action = key.hasAction ? ', with actions' : '';
    lines.push(
      `    linked   foreign key ${printable(`${key.name ?? ''}: ${key.child} → ${key.parent}`)}${action}`,
    );
  }
  if (links.foreignKeys.length > shown.length) {
    lines.push(`             and ${formatCount(links.foreignKeys.length - shown.length)} more foreign keys`);
  }
  for (const list of links.declared) lines.push(`    linked   linked_tables: ${printable(list.join(', '))}`);
  if (autoIncrementColumn !== null) {
    lines.push(
      `    counter  AUTO_INCREMENT of ${printable(autoIncrementColumn)} is kept equal to the source`,
    );
  }
  return lines.join('\n');
}

function appliedWords({ applied }: PlannedTable, primaryKey: readonly string[] | null): string {
  switch (applied) {
    case 'net-changes':
      return `net changes by primary key (${printable((primaryKey ?? []).join(', '))})`;
    case 'in-order':
      return 'every change, in source order: without a key the order of the rows matters';
    case 'alone':
      return 'alone, transaction by transaction: the engine cannot roll back';
  }
}

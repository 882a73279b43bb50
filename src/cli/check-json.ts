import type { Problem } from '../preflight/problem.js';
import type { LinkPlan, PlannedTable } from '../preflight/link-plan.js';
import { errorsOf } from './problem-list.js';

/** What `check` found of one link. */
export interface CheckedLink {
  readonly link: string;
  readonly problems: readonly Problem[];
  /** Null: a server could not be asked. */
  readonly plan: LinkPlan | null;
}

/** The one line that `check --json` prints; names are part of the interface of the command. */
export function checkJson(links: readonly CheckedLink[]): string {
  return JSON.stringify({
    ready: links.every(({ problems }) => errorsOf(problems).length === 0),
    links: links.map(({ link, problems, plan }) => ({
      link,
      ready: errorsOf(problems).length === 0,
      problems,
      plan: plan === null ? null : planJson(plan),
    })),
  });
}

function planJson({ lanes, partition, habits, gtids, handoff, tables, cut }: LinkPlan): unknown {
  return {
    lanes,
    partition,
    source: { partial_images: habits.partialImages, foreign_key_actions_logged: habits.actionsLogged },
    gtids: { by_gtid: gtids.byGtid, adopted: gtids.canAdopt },
    handoff,
    tables_cut: cut,
    tables: tables.map(tableJson),
  };
}

function tableJson(table: PlannedTable): unknown {
  return {
    schema: table.schema,
    table: table.table,
    applied: table.applied,
    primary_key: table.primaryKey,
    unit: table.unit,
    split_obstacle: table.splitObstacle,
    source_order: table.sourceOrder,
    link_group: table.linkGroup,
    foreign_keys: table.links.foreignKeys.map(({ name, child, parent, hasAction }) => ({
      name,
      child,
      parent,
      has_action: hasAction,
    })),
    linked_tables: table.links.declared,
    auto_increment: table.autoIncrementColumn,
  };
}

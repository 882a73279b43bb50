import type { FuzzCase, FuzzStep } from './fuzz-case.js';
import { shrinkList } from './shrink-list.js';

export interface ShrinkOptions {
  /** Whether a case fails as the one did that is being shortened. */
  readonly fails: (fuzzCase: FuzzCase) => Promise<boolean>;
  readonly mayGoOn: () => boolean;
}

/**
 * A shorter case that fails alike: first without what makes it hard to follow (kills, side-by-side writers, small
 * settings), then with fewer transactions, then with fewer statements. `order` is how the steps were started.
 */
export async function shrinkCase(
  found: FuzzCase,
  order: readonly FuzzStep[],
  options: ShrinkOptions,
): Promise<FuzzCase> {
  const { fails, mayGoOn } = options;
  let best = found;
  for (const simpler of simplifications(order)) {
    if (!mayGoOn()) return best;
    const candidate = simpler(best);
    if (candidate !== best && (await fails(candidate))) best = candidate;
  }
  const failsWithSteps = (steps: readonly FuzzStep[]): Promise<boolean> => fails({ ...best, steps });
  const groups = transactionsOf(best.steps);
  const groupsLeft = await shrinkList(groups, (left) => failsWithSteps(left.flat()), mayGoOn);
  if (groupsLeft.length < groups.length) best = { ...best, steps: groupsLeft.flat() };
  const steps = await shrinkList(best.steps, failsWithSteps, mayGoOn);
  if (steps.length < best.steps.length) best = { ...best, steps };
  // Schemas are always made again, or a trial would find what the one before it has left.
  const schemas = best.setup.filter(isOfSchema);
  const rest = best.setup.filter((sql) => !isOfSchema(sql));
  if (rest.length === 0) return best;
  const setupWith = (left: readonly string[]): readonly string[] => [...schemas, ...left];
  const left = await shrinkList(rest, (some) => fails({ ...best, setup: setupWith(some) }), mayGoOn);
  return left.length < rest.length ? { ...best, setup: setupWith(left) } : best;
}

const isOfSchema = (sql: string): boolean =>
  /^((DROP|CREATE) DATABASE|SET SESSION foreign_key_checks)/.test(sql);

type Simplification = (fuzzCase: FuzzCase) => FuzzCase;

function simplifications(order: readonly FuzzStep[]): readonly Simplification[] {
  return [
    (each) => ({
      ...each,
      inOrder: true,
      steps: order.slice(each.setup.length),
      disturbances: [],
      deaths: [],
      live: false,
    }),
    (each) => (each.inOrder ? each : { ...each, inOrder: true, steps: order.slice(each.setup.length) }),
    (each) => (each.disturbances.length === 0 ? each : { ...each, disturbances: [] }),
    (each) => (each.deaths.length === 0 ? each : { ...each, deaths: [] }),
    (each) => (each.live && each.disturbances.length === 0 ? { ...each, live: false } : each),
    (each) => (each.link.lanes === 1 ? each : { ...each, link: { ...each.link, lanes: 1 } }),
    (each) => (each.link.lanes <= 2 ? each : { ...each, link: { ...each.link, lanes: 2 } }),
  ];
}

/**
 * Steps that belong together: a writer's from BEGIN to what ends it. Between them steps of others may stand; they keep
 * their order among each other, and come before.
 */
export function transactionsOf(steps: readonly FuzzStep[]): readonly (readonly FuzzStep[])[] {
  const groups: FuzzStep[][] = [];
  const open = new Map<number, FuzzStep[]>();
  for (const step of steps) {
    const begun = open.get(step.writer);
    if (begun !== undefined) {
      begun.push(step);
      if (/^(COMMIT|ROLLBACK$|XA (COMMIT|ROLLBACK))/.test(step.sql)) open.delete(step.writer);
      continue;
    }
    const group = [step];
    groups.push(group);
    if (/^(BEGIN|XA START)/.test(step.sql)) open.set(step.writer, group);
  }
  return groups;
}

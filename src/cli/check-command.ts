import { exitCodes } from '../errors/exit-codes.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { printable } from '../errors/printable.js';
import type { LinkSettings } from '../link/link-settings.js';
import { preflight } from '../preflight/preflight.js';
import { type Problem, problemFrom } from '../preflight/problem.js';
import { ServerError } from '../mysql/server-error.js';
import { type CheckedLink, checkJson } from './check-json.js';
import { type LinkPlan, readLinkPlan } from '../preflight/link-plan.js';
import { renderPlanSummary, renderPlanTables } from './check-plan-text.js';
import { linksFromArguments } from './link-arguments.js';
import type { Arguments } from './link-options.js';
import { countProblems, errorsOf, renderProblems } from './problem-list.js';

/**
 * `tailrace check`: prints every problem of every link with its cure, and what will be done with which table. Changes nothing.
 * Returns the exit code.
 */
export async function check(args: Arguments): Promise<number> {
  const links = linksFromArguments(args, process.env);
  const checked: CheckedLink[] = [];
  for (const settings of links) {
    const problems = await problemsOf(settings, args.handoff === 'native');
    const found = { link: settings.name, problems, plan: await planOf(settings) };
    checked.push(found);
    if (args.json !== true) process.stdout.write(`${renderChecked(found, args.tables === true)}\n`);
  }
  if (args.json === true) process.stdout.write(`${checkJson(checked)}\n`);
  return checked.every(({ problems }) => errorsOf(problems).length === 0)
    ? exitCodes.ok
    : exitCodes.problemsFound;
}

function renderChecked({ link, problems, plan }: CheckedLink, eachTable: boolean): string {
  const isReady = problems.every(({ severity }) => severity === 'note');
  const lines = [`${printable(link)}: ${isReady ? 'ready' : countProblems(problems)}`];
  if (problems.length > 0) lines.push(renderProblems(problems));
  if (plan !== null) lines.push(renderPlanSummary(plan));
  if (plan !== null && eachTable && plan.tables.length > 0) lines.push(renderPlanTables(plan));
  return lines.join('\n');
}

/** A server that cannot be reached is a problem like any other: the other links are still checked. */
async function problemsOf(settings: LinkSettings, handoffNative: boolean): Promise<readonly Problem[]> {
  try {
    return (await preflight(settings, { handoffNative })).map(asNote);
  } catch (error) {
    if (error instanceof TailraceError) return [problemFrom(error)];
    throw error;
  }
}

/** A link that a daemon applies is checked like any other: that it runs elsewhere is no mistake. */
function asNote(problem: Problem): Problem {
  if (problem.code !== 'TR_LINK_LOCKED') return problem;
  const why = `${problem.why ?? ''} It can be checked while it runs.`.trimStart();
  return { ...problem, severity: 'warning', why };
}

/** What keeps the plan from being read stands among the problems already. */
async function planOf(settings: LinkSettings): Promise<LinkPlan | null> {
  try {
    return await readLinkPlan(settings);
  } catch (error) {
    if (error instanceof TailraceError || error instanceof ServerError) return null;
    throw error;
  }
}

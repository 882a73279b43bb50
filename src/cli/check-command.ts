import { exitCodes } from '../errors/error-catalogue.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { LinkSettings } from '../link/link-settings.js';
import { preflight } from '../mysql/preflight.js';
import { type Problem, problemFrom } from '../mysql/problem.js';
import { type Arguments, linksFromArguments } from './link-options.js';
import { countProblems, errorsOf, renderProblems } from './problem-list.js';

/** `tailrace check`: prints every problem of every link with its cure, and changes nothing. Returns the exit code. */
export async function check(args: Arguments): Promise<number> {
  const links = linksFromArguments(args, process.env);
  let ready = true;
  for (const settings of links) {
    const problems = await problemsOf(settings, args.handoff === 'native');
    if (errorsOf(problems).length > 0) ready = false;
    process.stdout.write(`${settings.name}: ${problems.length === 0 ? 'ready' : countProblems(problems)}\n`);
    if (problems.length > 0) process.stdout.write(`${renderProblems(problems)}\n`);
  }
  return ready ? exitCodes.ok : exitCodes.problemsFound;
}

/** A server that cannot be reached is a problem like any other: the other links are still checked. */
async function problemsOf(settings: LinkSettings, handoffNative: boolean): Promise<readonly Problem[]> {
  try {
    return await preflight(settings, { handoffNative });
  } catch (error) {
    if (error instanceof TailraceError) return [problemFrom(error)];
    throw error;
  }
}

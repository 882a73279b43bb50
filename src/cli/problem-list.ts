import { errorCatalogue } from '../errors/error-catalogue.js';
import { exitCodes } from '../errors/exit-codes.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { printable } from '../errors/printable.js';
import type { Problem } from '../preflight/problem.js';

/** Problems as a person reads them, errors first, notes last; one paragraph each. */
export function renderProblems(problems: readonly Problem[]): string {
  return [...errorsOf(problems), ...warningsOf(problems), ...notesOf(problems)].map(renderProblem).join('\n');
}

/** `2 errors, 1 warning`, and `, 3 notes` where there are some. */
export function countProblems(problems: readonly Problem[]): string {
  const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  const notes = notesOf(problems).length;
  const counted = `${plural(errorsOf(problems).length, 'error')}, ${plural(warningsOf(problems).length, 'warning')}`;
  return notes === 0 ? counted : `${counted}, ${plural(notes, 'note')}`;
}

export function errorsOf(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ severity }) => severity === 'error');
}

export function warningsOf(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ severity }) => severity === 'warning');
}

function notesOf(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ severity }) => severity === 'note');
}

/**
 * The error that refuses a link which is not ready, or null when it is. A single problem keeps its own code, and so do problems
 * that are all of servers that could not be reached: those pass by themselves, and callers try again.
 */
export function refusalFor(problems: readonly Problem[]): TailraceError | null {
  const errors = errorsOf(problems);
  const [first] = errors;
  if (first === undefined) return null;
  const allUnreachable = errors.every(({ code }) => errorCatalogue[code].exitCode === exitCodes.unreachable);
  if (errors.length === 1 || allUnreachable) {
    const { what, why, cure } = first;
    return new TailraceError(first.code, {
      what,
      cure,
      isRefusal: true,
      ...(why === undefined ? {} : { why }),
    });
  }
  const isCurable = errors.every(({ code }) => errorCatalogue[code].retry !== 'never');
  return new TailraceError('TR_PREFLIGHT_FAILED', {
    what: `The link is not ready: ${errors.length} problems. Nothing was changed.`,
    retry: isCurable ? 'curable' : 'never',
    why: `\n${errors.map(renderProblem).join('\n')}`,
  });
}

function renderProblem({ severity, code, what, why, cure }: Problem): string {
  const lines = [`  ${severity.padEnd(8)}${code}: ${printable(what)}`];
  if (why !== undefined) lines.push(`          why:  ${printable(why)}`);
  lines.push(`          cure: ${printable(cure)}`);
  return lines.join('\n');
}

import { TailraceError } from '../../src/errors/tailrace-error.js';
import type { FuzzCase, FuzzStep } from './fuzz-case.js';

const headerMark = '-- tailrace fuzz case: ';
const stepPattern = /^\/\* (\d+|setup) \*\/ (.*);$/;
const stepsMax = 100_000;

/**
 * A case as SQL that a person reads and `npm run fuzz -- --replay FILE` runs again: comments with the reasons, the settings
 * as JSON in one comment, then a line a step, behind a comment with the number of its writer, or `setup`.
 */
export function renderCase(fuzzCase: FuzzCase, reasons: readonly string[]): string {
  const { setup, steps, ...settings } = fuzzCase;
  const comments = reasons.flatMap((reason) => reason.split('\n')).map((line) => `-- ${line}`.trimEnd());
  const lines = [
    ...setup.map((sql) => `/* setup */ ${sql};`),
    ...steps.map(({ writer, sql }) => `/* ${writer} */ ${sql};`),
  ];
  return [`${headerMark}${JSON.stringify(settings)}`, ...comments, ...lines, ''].join('\n');
}

/** Reads what `renderCase` wrote; statements may have been edited. Errors: TR_CONFIG_INVALID with the line. */
export function parseCase(text: string): FuzzCase {
  const [header = '', ...lines] = text.split('\n');
  if (!header.startsWith(headerMark)) throw invalid(1, `it does not begin with «${headerMark.trim()}»`);
  const setup: string[] = [];
  const steps: FuzzStep[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('--')) continue;
    const [, writer, sql] = stepPattern.exec(line) ?? [];
    if (writer === undefined || sql === undefined)
      throw invalid(index + 2, 'a step is a writer in a comment, a statement and a semicolon');
    if (writer === 'setup') setup.push(sql);
    else steps.push({ writer: Number(writer), sql });
    if (steps.length > stepsMax) throw invalid(index + 2, `a case has at most ${stepsMax} steps`);
  }
  try {
    return {
      ...(JSON.parse(header.slice(headerMark.length)) as Omit<FuzzCase, 'setup' | 'steps'>),
      setup,
      steps,
    };
  } catch (error) {
    throw invalid(1, (error as Error).message);
  }
}

function invalid(line: number, why: string): TailraceError {
  return new TailraceError('TR_CONFIG_INVALID', {
    what: `The file is not a case of the fuzzer: line ${line}.`,
    why,
    cure: 'Give a file that npm run fuzz wrote.',
  });
}

import type { Options } from 'yargs';

/** An option that takes a text: what it must be is said where it is read, not by the parser. */
export function textOption(describe: string, group: string): Options {
  return { type: 'string', requiresArg: true, group, describe };
}

/** What was given for an option, however often; nothing where it was not. */
export function textsOf(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((entry) => typeof entry === 'string');
}

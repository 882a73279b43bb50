import * as z from 'zod';
import { TailraceError } from '../errors/tailrace-error.js';
import { didYouMean } from './did-you-mean.js';
import { schemaAt, settingsAt } from './schema-at.js';

export type ConfigPath = readonly (string | number)[];

/** One mistake: where in the configuration, and what is wrong there. Never holds the value: it may be a secret. */
export interface ConfigMistake {
  readonly path: ConfigPath;
  readonly message: string;
  /** The mistake is the key itself, not its value. */
  readonly atKey?: boolean;
}

type Issue = z.core.$ZodIssue;

/** zod's issues in a DBA's words; an unknown key each becomes a mistake of its own. */
export function mistakesOf(issues: readonly Issue[], raw: unknown): ConfigMistake[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    if (issue.code !== 'unrecognized_keys')
      return [{ path, message: messageOf(issue, path, valueAt(raw, path)) }];
    const known = settingsAt(path);
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, known), atKey: true }));
  });
}

/** All mistakes as one error; `locate` says where a person finds the setting. */
export function configInvalid(
  what: string,
  mistakes: readonly ConfigMistake[],
  locate: (mistake: ConfigMistake) => string,
): TailraceError {
  const lines = mistakes.map((mistake) => `${locate(mistake)}: ${mistake.message}`);
  return new TailraceError('TR_CONFIG_INVALID', { what, why: lines.join('\n        ') });
}

/** `replicas[0].lanes`; the whole file is `(top)`. */
export function formatPath(path: ConfigPath): string {
  if (path.length === 0) return '(top)';
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join('');
}

export function samePath(a: ConfigPath, b: ConfigPath): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i]);
}

function messageOf(issue: Issue, path: ConfigPath, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kindName(issue.expected, path)}`;
    case 'invalid_value':
      return oneOf(issue.values.map(String), value);
    case 'too_small':
      return `must ${verbFor(issue.origin)} ${String(issue.minimum)} or more${unitFor(issue.origin)}`;
    case 'too_big':
      return `must ${verbFor(issue.origin)} ${String(issue.maximum)} or less${unitFor(issue.origin)}`;
    default:
      return issue.message;
  }
}

function kindName(expected: string, path: ConfigPath): string {
  if (expected === 'number' || expected === 'int') {
    const schema = schemaAt(path);
    return schema instanceof z.ZodNumber && !schema.isInt ? 'a number' : 'a whole number';
  }
  const names: Record<string, string> = {
    string: 'a text',
    boolean: 'true or false',
    array: 'a list',
    object: 'a group of settings',
    record: 'a group of settings',
  };
  return names[expected] ?? `a ${expected}`;
}

function verbFor(origin: string): string {
  return origin === 'array' || origin === 'string' ? 'have' : 'be';
}

function unitFor(origin: string): string {
  if (origin === 'array') return ' entries';
  return origin === 'string' ? ' characters' : '';
}

function oneOf(allowed: readonly string[], value: unknown): string {
  const meant = typeof value === 'string' ? didYouMean(value, allowed) : null;
  return `must be one of ${allowed.join(', ')}${meant === null ? '' : `; did you mean ${meant}?`}`;
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = didYouMean(key, known);
  const hint = meant === null ? `known here are ${known.join(', ')}` : `did you mean ${meant}?`;
  return `there is no such setting; ${hint}`;
}

function valueAt(raw: unknown, path: ConfigPath): unknown {
  let value = raw;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

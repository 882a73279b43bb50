import { redactSecrets } from '../errors/redact-secrets.js';

/** A name that needs more changes than this to become another is not meant to be that one. */
const changesMax = 2;

/** What the parser of the command line says, in the words of this one: unknown options with their dashes, and what was meant. */
export function usageWords(message: string, options: readonly string[]): string {
  // `skip` is the only command that takes one.
  if (message.startsWith('Not enough non-option arguments'))
    return 'the transaction is missing: give its GTID, or FILE:POSITION';
  const unknown = /^Unknown arguments?: (.+)$/s.exec(message)?.[1];
  if (unknown === undefined) return redactSecrets(message).replaceAll(/\s*\n\s*/g, ' ');
  return [...new Set(unknown.split(', '))].map((name) => unknownWords(name, options)).join('; ');
}

function unknownWords(name: string, options: readonly string[]): string {
  // What is not written as an option may be a secret: it is not repeated.
  if (!/^[a-z][a-z0-9-]{0,40}$/i.test(name)) return 'an argument is not understood';
  const meant = nearest(name, options);
  return `there is no option --${name}${meant === null ? '' : `; did you mean --${meant}?`}`;
}

function nearest(name: string, options: readonly string[]): string | null {
  let best: string | null = null;
  let fewest = changesMax + 1;
  for (const option of options) {
    const changes = changesBetween(name, option);
    if (changes >= fewest) continue;
    fewest = changes;
    best = option;
  }
  return best;
}

/** Letters put in, left out, or changed (Levenshtein's distance). */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same));
    }
    row = next;
  }
  return row[b.length]!;
}

import { TailraceError } from '../../../src/errors/tailrace-error.js';

const namesMax = 50;

/** Counts an error by its code, or by what it says where it has none. */
export function countError(counts: Map<string, number>, error: unknown): void {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const known =
    error instanceof TailraceError ? error.code : typeof code === 'string' ? code : String(message);
  const name = counts.has(known) || counts.size < namesMax ? known : 'others';
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** The most frequent first. */
export function errorNames(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

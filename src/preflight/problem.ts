import type { ErrorCode } from '../errors/error-catalogue.js';
import type { TailraceError } from '../errors/tailrace-error.js';

/**
 * Something that keeps a link from running (`error`), that a DBA should know before it does (`warning`), or that explains what it will do
 * and may be meant to be so (`note`).
 */
export interface Problem {
  readonly severity: 'error' | 'warning' | 'note';
  readonly code: ErrorCode;
  /** One sentence with the names involved. */
  readonly what: string;
  readonly why?: string;
  /** The statement that cures it, where there is one. */
  readonly cure: string;
}

/** At most this many names in one message. */
const namesShownMax = 10;

/** `a, b, c and 7 more`. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, namesShownMax).join(', ');
  return names.length > namesShownMax ? `${shown} and ${String(names.length - namesShownMax)} more` : shown;
}

/** An error as the one problem that it is. */
export function problemFrom(error: TailraceError): Problem {
  const { code, what, why, cure } = error;
  return { severity: 'error', code, what, cure, ...(why === undefined ? {} : { why }) };
}

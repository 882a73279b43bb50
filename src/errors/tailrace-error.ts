import type { Retry } from './catalogue-entry.js';
import { type ErrorCode, errorCatalogue } from './error-catalogue.js';
import { exitCodes } from './exit-codes.js';
import { printableLines } from './printable.js';

/** What an error tells a person: `what` happened, `why`, and the `cure`. */
export interface ErrorDetails {
  /** One sentence: what happened, with the names involved. Never a password. */
  readonly what: string;
  /** The reason, as far as it is known; the server's own words where it gave any. */
  readonly why?: string;
  /** What to do about it; where a statement cures it, that statement. Defaults to the catalogue's cure. */
  readonly cure?: string;
  readonly cause?: unknown;
  /** Seen before anything was changed: what would otherwise stop a link refuses it. */
  readonly isRefusal?: boolean;
  /** Defaults to the catalogue's: an error that stands for several is tried again only as all of them are. */
  readonly retry?: Retry;
}

/**
 * The one error class of tailrace. `code` is stable (`TR_<AREA>_<REASON>`) and listed, with its meaning and its exit
 * code, in the error catalogue and in docs/errors.md.
 */
export class TailraceError extends Error {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string | undefined;
  readonly cure: string;
  /** Whether, and how, a `tailrace run` tries the link again. */
  readonly retry: Retry;
  readonly #isRefusal: boolean;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(`${code}: ${details.what}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'TailraceError';
    this.code = code;
    this.what = details.what;
    this.why = details.why;
    this.cure = details.cure ?? errorCatalogue[code].cure;
    this.retry = details.retry ?? errorCatalogue[code].retry;
    this.#isRefusal = details.isRefusal ?? false;
  }

  /** The same error with another cure. */
  withCure(cure: string): TailraceError {
    const { code, what, why, retry, cause } = this;
    const isRefusal = this.#isRefusal;
    return new TailraceError(code, {
      what,
      cure,
      retry,
      isRefusal,
      cause,
      ...(why === undefined ? {} : { why }),
    });
  }

  /** The exit code that a command ends with when this error stops it. */
  get exitCode(): number {
    const { exitCode } = errorCatalogue[this.code];
    return this.#isRefusal && exitCode === exitCodes.stopped ? exitCodes.refused : exitCode;
  }

  /** The error as shown to a person, several lines. */
  render(): string {
    const lines = [`${this.code}: ${this.what}`];
    if (this.why !== undefined) lines.push(`  why:  ${this.why}`);
    lines.push(`  cure: ${this.cure}`);
    return lines.map(printableLines).join('\n');
  }
}

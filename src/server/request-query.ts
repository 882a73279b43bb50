import { HttpRefusal } from './http-refusal.js';

/** Characters of a request that are shown in an error. */
const shownMax = 60;

/**
 * The query of a request. Strict: a parameter that is misspelt and passed over would make a health check say yes to everything, so what
 * is not known, or comes twice, is refused.
 */
export class RequestQuery {
  readonly #values = new Map<string, string>();

  /** `text`: what stands behind the question mark. `known`: names that the request may have. */
  constructor(text: string, known: readonly string[]) {
    if (text === '') return;
    for (const [name, value] of new URLSearchParams(text)) {
      if (!known.includes(name))
        throw HttpRefusal.invalid(`There is no parameter "${shown(name)}".`, words(known));
      if (this.#values.has(name)) throw HttpRefusal.invalid(`Parameter ${name} is given twice.`);
      this.#values.set(name, value);
    }
  }

  text(name: string): string | null {
    return this.#values.get(name) ?? null;
  }

  /** A whole number from 0 to `max`; null: not given. */
  wholeNumber(name: string, max: number): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value <= max) return value;
    throw HttpRefusal.invalid(
      `Parameter ${name} is "${shown(text)}".`,
      `It must be a whole number from 0 to ${max}.`,
    );
  }
}

/** For requests that have no parameters. Throws 400. */
export function requireNoQuery(text: string): void {
  if (text !== '') throw HttpRefusal.invalid('This request has no parameters.');
}

/** A piece of a request, short and printable. */
export function shown(text: string): string {
  const clipped = text.length > shownMax ? `${text.slice(0, shownMax)}…` : text;
  return clipped.replaceAll(/[^\x20-\x7e…]/g, '?');
}

function words(known: readonly string[]): string {
  return `Known parameters: ${known.join(', ')}.`;
}

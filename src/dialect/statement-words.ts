import { type StatementToken, statementTokens, type TokenOptions } from '../statement/statement-tokens.js';

/** A statement as its tokens, with each in capitals beside it; names in quotes stay in them. */
export class StatementWords {
  readonly text: string;
  readonly tokens: readonly StatementToken[];
  readonly upper: readonly string[];

  constructor(text: string, options: TokenOptions) {
    this.text = text;
    this.tokens = [...statementTokens(text, options)];
    this.upper = this.tokens.map((token) => token.text.toUpperCase());
  }

  get verb(): string {
    return this.upper[0] ?? '';
  }

  has(...words: readonly string[]): boolean {
    return words.some((word) => this.upper.includes(word));
  }

  /** Whether it creates or changes something of such a kind, named within its first words. */
  defines(...kinds: readonly string[]): boolean {
    if (this.verb !== 'CREATE' && this.verb !== 'ALTER') return false;
    const end = this.upper.findIndex((word, at) => at > 0 && objectKinds.has(word));
    return end > 0 && kinds.includes(this.upper[end] as string);
  }

  /** Index of the parenthesis that closes the one at `open`; the last token if none does. */
  closing(open: number): number {
    let depth = 0;
    for (let i = open; i < this.upper.length; i++) {
      if (this.upper[i] === '(') depth++;
      else if (this.upper[i] === ')' && --depth === 0) return i;
    }
    return this.upper.length - 1;
  }

  /** Index of the comma or parenthesis that ends the definition in which the token at `from` stands; the number of tokens if none does. */
  definitionEnd(from: number): number {
    for (let i = from; i < this.upper.length; i++) {
      if (this.upper[i] === '(') i = this.closing(i);
      else if (this.upper[i] === ',' || this.upper[i] === ')') return i;
    }
    return this.upper.length;
  }
}

const objectKinds = new Set([
  'TABLE',
  'DATABASE',
  'SCHEMA',
  'VIEW',
  'PROCEDURE',
  'FUNCTION',
  'TRIGGER',
  'EVENT',
  'INDEX',
  'USER',
  'ROLE',
  'SERVER',
  'TABLESPACE',
]);

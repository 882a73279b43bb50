import type { ServerVersion } from '../mysql/server-version.js';
import { endOfPiece, singleBytes, type TokenOptions } from '../statement/statement-tokens.js';
import type { Dialect } from './source-traits.js';

/** MariaDB takes no comment for its own that is meant for a MySQL of these versions. */
const mysqlOnly = { from: 50_700, to: 99_999 } as const;

/** The rest of a comment that a server passes over: it may hold plain comments. */
const passedOver = /^(?:\/\*[\s\S]*?\*\/|(?!\*\/)[\s\S])*(?:\*\/|$)/;

/** What opens a comment that a server may run, and the digits of its version. */
interface Opening {
  readonly length: number;
  readonly isRun: boolean;
}

/**
 * A statement whose version comments mean on the replica what they meant on the server that wrote it. One that both run stays as
 * it is; one that the source passed over is left out.
 *
 * Counter-examples: behind `ADD KEY (v)`, a comment that begins with `M!100301` makes more than a key on MariaDB; one that begins with
 * `!80023` and says INVISIBLE was nothing to MySQL 5.6, and hides a column on MySQL 9.
 *
 * `statement` is text of one byte a character.
 */
export function followComments(
  statement: string,
  options: TokenOptions & Pick<Dialect, 'writer' | 'replica'>,
): string {
  if (!/\/\*M?!/.test(statement)) return statement;
  const { writer, replica } = options;
  const plain = singleBytes(statement, options);
  const pieces = new Pieces(statement);
  let at = 0;
  /** The comment that the source is running: its end goes where its beginning went. */
  let open: 'none' | 'kept' | 'removed' = 'none';
  while (at < plain.length) {
    const there = openingAt(plain, at, writer);
    if (there?.isRun === true) {
      open = openingAt(plain, at, replica)?.isRun === true ? 'kept' : 'removed';
      if (open === 'removed') pieces.remove(at, at + there.length);
      at += there.length;
    } else if (there !== null) {
      const body = at + there.length;
      const end = body + (passedOver.exec(plain.slice(body))?.[0].length ?? 0);
      pieces.remove(at, end);
      at = end;
    } else if (open !== 'none' && plain.startsWith('*/', at)) {
      if (open === 'removed') pieces.remove(at, at + 2);
      open = 'none';
      at += 2;
    } else {
      at = endOfPiece(plain, at, options);
    }
  }
  return pieces.rest();
}

/** A text of which parts are taken out: servers put nothing in their place, which must not make one word of two. */
class Pieces {
  readonly #text: string;
  #kept = '';
  #from = 0;

  constructor(text: string) {
    this.#text = text;
  }

  remove(from: number, to: number): void {
    this.#kept += this.#text.slice(this.#from, from);
    if (!/\s$|^$/.test(this.#kept) && !/^(\s|$)/.test(this.#text.slice(to, to + 1))) this.#kept += ' ';
    this.#from = to;
  }

  rest(): string {
    return this.#kept + this.#text.slice(this.#from);
  }
}

/** A comment with which code may begin for a server; null: no such comment begins here for it. */
function openingAt(statement: string, at: number, server: ServerVersion): Opening | null {
  if (statement[at] !== '/' || statement[at + 1] !== '*') return null;
  const isMariadb = server.flavour === 'mariadb';
  const ofMariadb = statement[at + 2] === 'M' && statement[at + 3] === '!';
  if (statement[at + 2] !== '!' && !(ofMariadb && isMariadb)) return null;
  const start = ofMariadb ? 4 : 3;
  const digits = versionDigits(statement.slice(at + start, at + start + 7), isMariadb);
  if (digits === '') return { length: start, isRun: true };
  const version = Number(digits);
  const foreign = isMariadb && !ofMariadb && version >= mysqlOnly.from && version <= mysqlOnly.to;
  return { length: start + digits.length, isRun: !foreign && version <= versionNumber(server) };
}

/** Five digits, or six: MySQL takes six only before white space. Fewer are no version but the beginning of what is run. */
function versionDigits(text: string, isMariadb: boolean): string {
  const six = isMariadb ? /^\d{6}/ : /^\d{6}(?=\s)/;
  return (six.exec(text) ?? /^\d{5}/.exec(text))?.[0] ?? '';
}

/** As both write it: 50624, 90704, 101118. */
function versionNumber({ major, minor, patch }: ServerVersion): number {
  return major * 10_000 + minor * 100 + patch;
}

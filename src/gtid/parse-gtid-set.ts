import { TailraceError } from '../errors/tailrace-error.js';
import { clip, isSid, isTag } from './gtid-names.js';

/** The transactions `first` to `last`, both included, of one source; `tag` is empty for untagged ones. */
export interface GtidInterval {
  readonly sid: string;
  readonly tag: string;
  readonly first: number;
  readonly last: number;
}

const interval = /^(\d{1,19})(?:\s*-\s*(\d{1,19}))?$/;

/**
 * The intervals of a GTID set's text, in the order written. Spaces and newlines may stand around every part, and empty
 * parts between commas are passed over, as on the server. An interval that ends before it begins is refused: the server
 * takes it for an empty one, but nobody means that. Throws `TR_GTID_SYNTAX` and `TR_GTID_RANGE`.
 */
export function parseGtidSet(text: string): GtidInterval[] {
  const intervals: GtidInterval[] = [];
  for (const uuidSet of text.split(',')) {
    if (uuidSet.trim() !== '') parseUuidSet(uuidSet.trim(), intervals);
  }
  return intervals;
}

function parseUuidSet(text: string, into: GtidInterval[]): void {
  const [sid = '', ...parts] = text.split(':').map((part) => part.trim());
  if (!isSid(sid)) throw syntax(text, `"${clip(sid)}" is not the UUID of a server.`);
  let tag = '';
  let intervalsOfTag = 0;
  for (const part of parts) {
    const bounds = interval.exec(part);
    if (bounds !== null) {
      into.push({ sid: sid.toLowerCase(), tag, ...readBounds(bounds, text) });
      intervalsOfTag += 1;
    } else if (isTag(part)) {
      if (tag !== '' && intervalsOfTag === 0)
        throw syntax(text, `The tag "${tag}" has no transaction numbers.`);
      tag = part.toLowerCase();
      intervalsOfTag = 0;
    } else throw syntax(text, `"${clip(part)}" is neither a transaction number, an interval nor a tag.`);
  }
  if (intervalsOfTag === 0) throw syntax(text, 'It ends without a transaction number.');
}

function readBounds(match: RegExpExecArray, text: string): { first: number; last: number } {
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  if (first === 0) throw syntax(text, 'Transaction numbers begin at 1.');
  if (last < first) throw syntax(text, `The interval ${match[0]} ends before it begins.`);
  if (last >= Number.MAX_SAFE_INTEGER) {
    throw new TailraceError('TR_GTID_RANGE', {
      what: `The transaction number ${match[2] ?? match[1]} is above 2^53-2.`,
    });
  }
  return { first, last };
}

function syntax(text: string, why: string): TailraceError {
  return new TailraceError('TR_GTID_SYNTAX', { what: `"${clip(text)}" is not a GTID set.`, why });
}

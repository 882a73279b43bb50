import { TailraceError } from '../errors/tailrace-error.js';
import { GtidSet } from '../gtid/gtid-set.js';
import type { GtidInterval } from '../gtid/parse-gtid-set.js';

/** A token is never longer: it has to fit into a cookie or a header among others. */
export const tokenLengthMax = 2_048;

const prefix = 't1.';
const shape = /^t1\.[A-Za-z0-9_-]+$/;
const sidBytes = 16;
const tagLengthMax = 32;
/** 2^53 - 1 in groups of seven bits. */
const varintBytesMax = 8;

/** What a token says. */
export interface TokenContent {
  /** What reads have to see. Not to be changed. */
  readonly gtids: GtidSet;
  /** Until this time, milliseconds since 1970, reads have to go to the source; 0: they need not. */
  readonly strongUntilMs: number;
}

/**
 * The text of a token: `t1.` and, in base64url, the second until which reads are strong, then for each source and tag its 16 bytes, the
 * length of its tag and the tag, how many intervals, and for each the gap before it and its length less one. Numbers are LEB128. '' where
 * there is nothing to say.
 */
export function formatToken({ gtids, strongUntilMs }: TokenContent): string {
  if (gtids.isEmpty() && strongUntilMs === 0) return '';
  const bytes: number[] = [];
  pushNumber(bytes, Math.ceil(strongUntilMs / 1_000));
  for (const intervals of bySource(gtids)) {
    const { sid, tag } = intervals[0]!;
    bytes.push(...Buffer.from(sid.replaceAll('-', ''), 'hex'), tag.length, ...Buffer.from(tag, 'latin1'));
    pushNumber(bytes, intervals.length);
    let end = 0;
    for (const { first, last } of intervals) {
      pushNumber(bytes, first - end - 1);
      pushNumber(bytes, last - first);
      end = last;
    }
  }
  return prefix + Buffer.from(bytes).toString('base64url');
}

/** Intervals come source by source, and tag by tag. */
function bySource(gtids: GtidSet): GtidInterval[][] {
  const sources: GtidInterval[][] = [];
  for (const interval of gtids.intervals()) {
    const current = sources.at(-1);
    const [one] = current ?? [];
    if (one?.sid === interval.sid && one.tag === interval.tag) current!.push(interval);
    else sources.push([interval]);
  }
  return sources;
}

/** Reads a token that came from anywhere. Throws `TR_POOL_TOKEN`, without showing the text. */
export function parseToken(text: string): TokenContent {
  if (text === '') return { gtids: new GtidSet(), strongUntilMs: 0 };
  if (typeof text !== 'string' || text.length > tokenLengthMax || !shape.test(text))
    throw noToken(`It is no text of this form, or longer than ${tokenLengthMax} characters.`);
  const reader = new TokenReader(Buffer.from(text.slice(prefix.length), 'base64url'));
  const strongUntilMs = reader.number() * 1_000;
  const gtids = new GtidSet();
  while (!reader.isAtEnd) readSource(reader, gtids);
  return { gtids, strongUntilMs };
}

function readSource(reader: TokenReader, gtids: GtidSet): void {
  const hex = reader.bytes(sidBytes).toString('hex');
  const sid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const [tagLength = 0] = reader.bytes(1);
  if (tagLength > tagLengthMax) throw noToken('A tag in it is too long.');
  const tag = reader.bytes(tagLength).toString('latin1');
  let end = 0;
  // Every round takes two bytes of a text whose length is limited.
  for (let left = reader.number(); left > 0; left -= 1) {
    const first = end + 1 + reader.number();
    const last = first + reader.number();
    if (!(last < Number.MAX_SAFE_INTEGER)) throw noToken('A number in it is too large.');
    addInterval(gtids, { sid, tag, first, last });
    end = last;
  }
}

function addInterval(gtids: GtidSet, interval: GtidInterval): void {
  try {
    gtids.addInterval(interval);
  } catch {
    throw noToken('What it names is no transaction.');
  }
}

function pushNumber(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

class TokenReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw noToken('It ends too early.');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  number(): number {
    let value = 0;
    for (let at = 0; at < varintBytesMax; at += 1) {
      const [byte = 0] = this.bytes(1);
      value += (byte % 0x80) * 0x80 ** at;
      if (byte < 0x80) {
        if (value <= Number.MAX_SAFE_INTEGER) return value;
        break;
      }
    }
    throw noToken('A number in it is too large.');
  }
}

function noToken(why: string): TailraceError {
  return new TailraceError('TR_POOL_TOKEN', { what: 'The text is not a session token.', why });
}

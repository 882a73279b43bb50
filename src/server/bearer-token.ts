import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HttpRefusal } from './http-refusal.js';

/** Throws 401 unless the request brings one of the tokens that are right. */
export function requireToken(request: IncomingMessage, right: readonly (string | null)[]): void {
  const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  // Every token is compared, in a time that does not depend on where they differ.
  const matches = right.map((token) => token !== null && given !== undefined && isSame(token, given));
  if (matches.includes(true)) return;
  throw new HttpRefusal(
    401,
    'TR_REQUEST_TOKEN',
    { what: given === undefined ? 'This request requires a token.' : 'The token is wrong.' },
    { 'www-authenticate': 'Bearer' },
  );
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

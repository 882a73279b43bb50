import { createHmac, timingSafeEqual } from 'node:crypto';

/** A token and a mark that only who knows the secret can make: HMAC with SHA-256, in base64url behind a `~`. */
export function seal(token: string, secret: string): string {
  return `${token}~${markOf(token, secret)}`;
}

/** The token of a text that was sealed with this secret; '' for any other. */
export function readSeal(text: string, secret: string): string {
  const at = text.lastIndexOf('~');
  if (at < 0) return '';
  const token = text.slice(0, at);
  const given = Buffer.from(text.slice(at + 1));
  const mark = Buffer.from(markOf(token, secret));
  return given.length === mark.length && timingSafeEqual(given, mark) ? token : '';
}

function markOf(token: string, secret: string): string {
  return createHmac('sha256', secret).update(token).digest('base64url');
}

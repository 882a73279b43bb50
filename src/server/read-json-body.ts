import type { IncomingMessage } from 'node:http';
import { HttpRefusal } from './http-refusal.js';

/**
 * The body of a request: one JSON object. Reads no more than `bytesMax`; the time it may take is limited by the server. Throws
 * `HttpRefusal`: 413, 415 or 400.
 */
export async function readJsonBody(
  request: IncomingMessage,
  bytesMax: number,
): Promise<Readonly<Record<string, unknown>>> {
  const type = request.headers['content-type'] ?? 'application/json';
  if (!/^application\/json\b/i.test(type))
    throw new HttpRefusal(415, 'TR_REQUEST_INVALID', { what: 'The body must be application/json.' });
  // What is said to come is not waited for.
  if (announcedBytes(request) > bytesMax) throw tooLarge(bytesMax);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  }
  const value = parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw HttpRefusal.invalid('The body is not a JSON object.');
  return value as Record<string, unknown>;
}

/** Of the body, as its sender says; 0 when it does not. */
export function announcedBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0);
}

function tooLarge(bytesMax: number): HttpRefusal {
  return new HttpRefusal(413, 'TR_REQUEST_INVALID', { what: `The body has more than ${bytesMax} bytes.` });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would repeat pieces of the body, and a body may hold what is not to be logged.
    throw HttpRefusal.invalid('The body is not JSON.');
  }
}

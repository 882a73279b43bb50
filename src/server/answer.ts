import type { ServerResponse } from 'node:http';
import { HttpRefusal } from './http-refusal.js';

const always = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

/** Answers with a JSON text that is already made. For HEAD, and for statuses that have none, node leaves the body out. */
export function answerText(
  response: ServerResponse,
  status: number,
  json: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...always,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
    ...headers,
  });
  response.end(json);
}

export function answerJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  answerText(response, status, `${JSON.stringify(value)}\n`, headers);
}

/** 304: what the client has is what there is. */
export function answerUnchanged(response: ServerResponse, etag: string): void {
  response.writeHead(304, { ...always, etag });
  response.end();
}

/** Refuses, and closes the connection: whatever else the client was going to send is not read. */
export function answerRefusal(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const refusal =
    error instanceof HttpRefusal
      ? error
      : new HttpRefusal(500, 'TR_INTERNAL', { what: 'tailrace has a defect; its log has the details' });
  answerJson(response, refusal.status, refusal, { ...refusal.headers, connection: 'close' });
}

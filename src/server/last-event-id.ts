import type { IncomingMessage } from 'node:http';
import type { RequestQuery } from './request-query.js';

/** The id of the last event that a listener has; null: it names none. A page's EventSource cannot set the header for its first request. */
export function lastEventId({ headers }: IncomingMessage, asked: RequestQuery): string | null {
  const header = headers['last-event-id'];
  return (typeof header === 'string' ? header : null) ?? asked.text('last_event_id');
}

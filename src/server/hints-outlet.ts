import type { Hints } from '../hints/hints.js';
import { answerText, answerUnchanged } from './answer.js';
import { asSentence, nothingDecided } from './hints-age.js';
import { HttpRefusal } from './http-refusal.js';
import { type HintsHub, versionName } from './hints-hub.js';
import { type Exchange, goneSignal, type Outlet } from './outlet.js';
import { RequestQuery } from './request-query.js';

/**
 * `GET /v1/hints`: all hints, with an ETag. With `If-None-Match` and `wait_ms` it is a long poll: the answer is held on until there is
 * something newer, or 304 when the time is over.
 */
export function hintsOutlet(
  hub: HintsHub,
  settings: { readonly pollsMax: number; readonly holdMsMax: number },
): Outlet {
  let polls = 0;
  return {
    methods: ['GET', 'HEAD'],
    guard: 'read',
    answer: async (exchange) => {
      const waitMs =
        new RequestQuery(exchange.query, ['wait_ms']).wholeNumber('wait_ms', settings.holdMsMax) ?? 0;
      const { request, response } = exchange;
      const known = request.headers['if-none-match'] ?? '';
      let hints = hub.current;
      if (isKnown(hints, known) && waitMs > 0) {
        if (polls >= settings.pollsMax)
          throw HttpRefusal.limit(`${settings.pollsMax} requests for hints are already held`);
        polls += 1;
        try {
          hints = await newerThan(known, waitMs, hub, exchange);
        } finally {
          polls -= 1;
        }
      }
      if (hints === null)
        throw new HttpRefusal(
          503,
          'TR_REQUEST_LIMIT',
          { what: asSentence(nothingDecided) },
          { 'retry-after': '1' },
        );
      const etag = etagOf(hints);
      if (isKnown(hints, known)) answerUnchanged(response, etag);
      else answerText(response, 200, `${hub.json(hints)}\n`, { etag });
    },
  };
}

/** The newest hints, as soon as they are others than those known; or those there are when the time is over or the client gone. */
function newerThan(known: string, waitMs: number, hub: HintsHub, exchange: Exchange): Promise<Hints | null> {
  return new Promise((resolve) => {
    const gone = goneSignal(exchange);
    const end = (): void => {
      clearTimeout(timer);
      unsubscribe();
      gone.removeEventListener('abort', end);
      resolve(hub.current);
    };
    const unsubscribe = hub.onChange(() => {
      if (!isKnown(hub.current, known)) end();
    });
    const timer = setTimeout(end, waitMs);
    gone.addEventListener('abort', end, { once: true });
  });
}

const etagOf = (hints: Hints): string => `"${versionName(hints)}"`;

/** Proxies that compress make an ETag weak. */
function isKnown(hints: Hints | null, ifNoneMatch: string): boolean {
  if (hints === null) return false;
  const etags = ifNoneMatch.split(',').map((etag) => etag.trim().replace(/^W\//, ''));
  return etags.includes(etagOf(hints));
}

import type { AdminOrder } from '../hints/hint-inputs.js';
import { answerJson } from './answer.js';
import type { GiveOrder } from './hints-feed.js';
import { HttpRefusal } from './http-refusal.js';
import type { Outlet } from './outlet.js';
import { readJsonBody } from './read-json-body.js';
import { requireNoQuery, shown } from './request-query.js';

const secondsDefault = 3_600;
const noteCharactersMax = 200;

/**
 * `PUT /v1/replicas/{id}/admin` with `{"order": "drain", "for_seconds": 3600, "note": "new disk"}`, the last two optional. `maint` likewise;
 * `none` ends what is in force. An order always ends by itself.
 */
export function adminOutlet(
  give: GiveOrder,
  settings: { readonly bodyBytesMax: number; readonly orderMsMax: number },
  now: () => number,
): Outlet {
  return {
    methods: ['PUT'],
    guard: 'admin',
    answer: async ({ request, response, query, replica: id }) => {
      requireNoQuery(query);
      const body = await readJsonBody(request, settings.bodyBytesMax);
      const order = orderAsked(body, settings.orderMsMax, now());
      if (!give(id, order)) throw HttpRefusal.missing(`There is no replica "${shown(id)}".`);
      answerJson(response, 200, {
        id,
        order: order?.order ?? 'none',
        until_ms: order?.untilMs ?? null,
        note: order?.note ?? '',
      });
    },
  };
}

function orderAsked(
  body: Readonly<Record<string, unknown>>,
  orderMsMax: number,
  nowMs: number,
): AdminOrder | null {
  const { order, for_seconds: seconds = secondsDefault, note = '', ...rest } = body;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw HttpRefusal.invalid(`There is no field "${shown(unknown)}".`);
  if (order !== 'drain' && order !== 'maint' && order !== 'none')
    throw HttpRefusal.invalid('Field order is invalid.', 'It must be drain, maint or none.');
  const secondsMax = Math.floor(orderMsMax / 1_000);
  if (typeof seconds !== 'number' || !(seconds >= 1 && seconds <= secondsMax))
    throw HttpRefusal.invalid(
      'Field for_seconds is invalid.',
      `It must be a number from 1 to ${secondsMax}.`,
    );
  if (typeof note !== 'string' || note.length > noteCharactersMax || hasControls(note))
    throw HttpRefusal.invalid(
      'Field note is invalid.',
      `It must be one line with at most ${noteCharactersMax} characters.`,
    );
  return order === 'none' ? null : { order, untilMs: Math.round(nowMs + seconds * 1_000), note };
}

/** Notes go into logs, and into lines of protocols. */
function hasControls(text: string): boolean {
  return /\p{Cc}|\p{Zl}|\p{Zp}/u.test(text);
}

import { HttpRefusal } from './http-refusal.js';
import { answerJson } from './answer.js';
import { gtidsOf } from './check-outlet.js';
import type { WaitForGtid } from './hints-feed.js';
import { goneSignal, type Outlet } from './outlet.js';
import { readJsonBody } from './read-json-body.js';
import { requireNoQuery, shown } from './request-query.js';

const timeoutMsDefault = 1_000;

/**
 * `POST /v1/wait` with `{"gtid": "uuid:7", "timeout_ms": 1000, "replica": "db2"}`, the last two optional: 200 with the replica that has it, as
 * soon as one has; 504 when none had it in time.
 */
export function waitOutlet(
  wait: WaitForGtid,
  settings: { readonly waitsMax: number; readonly holdMsMax: number; readonly bodyBytesMax: number },
): Outlet {
  let waits = 0;
  return {
    methods: ['POST'],
    guard: 'read',
    answer: async (exchange) => {
      requireNoQuery(exchange.query);
      if (waits >= settings.waitsMax) throw HttpRefusal.limit(`${settings.waitsMax} requests already wait`);
      waits += 1;
      try {
        const body = await readJsonBody(exchange.request, settings.bodyBytesMax);
        const { gtids, replica, timeoutMs } = waitAsked(body, settings.holdMsMax);
        const startMs = performance.now();
        const found = await wait({ gtids, replica, timeoutMs, signal: goneSignal(exchange) });
        const told = { replica: found, waited_ms: Math.round((performance.now() - startMs) * 10) / 10 };
        answerJson(exchange.response, found === null ? 504 : 200, told);
      } finally {
        waits -= 1;
      }
    },
  };
}

function waitAsked(body: Readonly<Record<string, unknown>>, holdMsMax: number) {
  const { gtid, timeout_ms: timeoutMs = timeoutMsDefault, replica = null, ...rest } = body;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw HttpRefusal.invalid(`There is no field "${shown(unknown)}".`);
  const gtids = typeof gtid === 'string' ? gtidsOf(gtid) : null;
  if (gtids === null || gtids.isEmpty())
    throw HttpRefusal.invalid('Field gtid is missing.', 'It must be a GTID set.');
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0 && timeoutMs <= holdMsMax))
    throw HttpRefusal.invalid('Field timeout_ms is invalid.', `It must be a number from 0 to ${holdMsMax}.`);
  if (replica !== null && typeof replica !== 'string')
    throw HttpRefusal.invalid('Field replica must be a string.');
  return { gtids, replica, timeoutMs };
}

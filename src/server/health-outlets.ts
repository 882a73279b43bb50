import { needsSomebody } from '../hints/link-standing.js';
import { answerJson } from './answer.js';
import { hintsAgeMs, nothingDecided, tooOld } from './hints-age.js';
import type { HintsHub } from './hints-hub.js';
import type { Outlet } from './outlet.js';

/** `GET /livez`: the process answers. */
export const liveOutlet: Outlet = {
  methods: ['GET', 'HEAD'],
  guard: 'open',
  answer: ({ response }) => answerJson(response, 200, { ok: true }),
};

/**
 * `GET /readyz`: there are hints, and somebody still decides; and how many links have stopped, which does not make it unready: what is told
 * of them can be relied upon. Names no server: it needs no token.
 */
export function readyOutlet(
  hub: HintsHub,
  settings: { readonly hintsAgeMsMax: number },
  now: () => number,
): Outlet {
  return {
    methods: ['GET', 'HEAD'],
    guard: 'open',
    answer: ({ response }) => {
      const reason = notReady(hub, settings.hintsAgeMsMax, now());
      const failed = hub.current?.replicas.filter(({ link }) => needsSomebody(link)).length ?? 0;
      answerJson(
        response,
        reason === null ? 200 : 503,
        reason === null ? { ok: true, links_failed: failed } : { ok: false, reason },
      );
    },
  };
}

function notReady({ current }: HintsHub, ageMsMax: number, nowMs: number): string | null {
  return current === null ? nothingDecided : tooOld(hintsAgeMs(current, nowMs), ageMsMax);
}

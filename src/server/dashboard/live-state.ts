/** A daemon that lives sends a frame a second: after so long without one, what is shown is old. */
const freshMsMax = 3_500;

export type Live = 'connecting' | 'live' | 'stale';

/** Whether what is shown is what is. `nowMs` and `arrivedMs` are of one clock that never goes back; null: nothing has arrived. */
export function liveState(arrivedMs: number | null, nowMs: number): Live {
  if (arrivedMs === null) return 'connecting';
  return nowMs - arrivedMs <= freshMsMax ? 'live' : 'stale';
}

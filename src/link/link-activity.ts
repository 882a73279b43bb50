import { LaneClock } from '../apply/lane/lane-clock.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { LinkStanding, LinkStandingState } from '../hints/link-standing.js';
import type { EpochPlan } from '../plan/epoch-plan.js';
import { HotKeys } from '../plan/hot-keys.js';
import type { TableRows } from '../plan/count-rows.js';
import { linkTrouble } from './link-trouble.js';
import { TableWork } from './table-activity.js';

/**
 * What a link works on, for those who watch it: where the time of its lanes goes, which tables and which rows change most. Kept across
 * reconnections, bounded, and told once an epoch.
 */
export class LinkActivity {
  readonly lanes: LaneClock;
  readonly tables = new TableWork();
  /** null: they are not to be shown, and not kept either. */
  readonly hotKeys: HotKeys | null;
  readonly #onStanding: () => void;
  readonly #now: () => number;
  #standing: LinkStanding;

  /** `onStanding` is called when the link comes to stand elsewhere; `now`: milliseconds since 1970. */
  constructor(
    { lanes, hotKeys }: { readonly lanes: number; readonly hotKeys: boolean },
    onStanding: () => void = () => undefined,
    now: () => number = Date.now,
  ) {
    this.#onStanding = onStanding;
    this.#now = now;
    this.#standing = { state: 'starting', sinceMs: now(), trouble: null, retryAtMs: null };
    this.lanes = new LaneClock(lanes);
    this.hotKeys = hotKeys ? new HotKeys() : null;
  }

  /** Where the link stands, and what keeps it from running. */
  get standing(): LinkStanding {
    return this.#standing;
  }

  /** What interrupted the link last, in one line; null: nothing, or it has gone on since. */
  get trouble(): string | null {
    const { trouble } = this.#standing;
    return trouble === null ? null : `${trouble.code}: ${trouble.what}`;
  }

  /** The link was interrupted, and is tried again in so many milliseconds. */
  interrupted(error: unknown, retryInMs: number): void {
    const isCurable = error instanceof TailraceError && error.retry === 'curable';
    this.#stands(isCurable ? 'waiting' : 'retrying', error, Math.round(this.#now() + retryInMs));
  }

  /** It is tried again now. */
  triesAgain(): void {
    if (this.#standing.retryAtMs !== null) this.#standing = { ...this.#standing, retryAtMs: null };
  }

  /** An error has stopped the link for good. */
  failed(error: unknown): void {
    this.#stands('failed', error, null);
  }

  /** Both servers are there, and the link goes on. */
  goesOn(): void {
    this.#stands('running', null, null);
  }

  /** The link ended as it was asked to. */
  stopped(): void {
    this.#stands('stopped', null, null);
  }

  /** An epoch was applied; its rows are still held. */
  applied(plan: EpochPlan): void {
    for (const table of plan.tables) this.tables.add(table);
    this.hotKeys?.note(plan);
  }

  /** A transaction was applied apart from epochs. */
  appliedRows(tables: Iterable<TableRows>): void {
    for (const table of tables) this.tables.add(table);
  }

  /** Weighs what was counted of tables and rows so far by `share`. */
  fade(share: number): void {
    this.tables.fade(share);
    this.hotKeys?.fade(share);
  }

  /** A link that fails again and again has been interrupted since the first time. */
  #stands(state: LinkStandingState, error: unknown, retryAtMs: number | null): void {
    const { state: before, sinceMs } = this.#standing;
    this.#standing = {
      state,
      sinceMs: state === before ? sinceMs : this.#now(),
      trouble: error === null ? null : linkTrouble(error),
      retryAtMs,
    };
    this.#onStanding();
  }
}

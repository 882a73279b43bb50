import { LaneClock } from '../apply/lane-clock.js';
import type { EpochPlan } from '../plan/epoch-plan.js';
import { HotKeys } from '../plan/hot-keys.js';
import type { TableRows } from '../plan/table-rows.js';
import { TableWork } from './table-work.js';

/**
 * What a link works on, for those who watch it: where the time of its lanes goes, which tables and which rows change most. Kept across
 * reconnections, bounded, and told once an epoch.
 */
export class LinkActivity {
  readonly lanes: LaneClock;
  readonly tables = new TableWork();
  /** null: they are not to be shown, and not kept either. */
  readonly hotKeys: HotKeys | null;
  #trouble: string | null = null;

  constructor({ lanes, hotKeys }: { readonly lanes: number; readonly hotKeys: boolean }) {
    this.lanes = new LaneClock(lanes);
    this.hotKeys = hotKeys ? new HotKeys() : null;
  }

  /** What interrupted the link last; null: nothing, or it has gone on since. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** The link was interrupted. */
  interrupted(reason: string): void {
    this.#trouble = reason;
  }

  /** Both servers are there, and the link goes on. */
  goesOn(): void {
    this.#trouble = null;
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
}

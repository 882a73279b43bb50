import type { PoolCounters } from './pool-counters.js';

/** Why a read is on the source. */
export type SourceReason = 'strong' | 'session' | 'spilled';

/** Counts; `PoolCounters` says what. */
export class CounterBoard {
  readonly #readsByNode = new Map<string, number>();
  readonly #errors = new Map<string, number>();
  readonly sourceReads: Record<SourceReason, number> = { strong: 0, session: 0, spilled: 0 };
  writes = 0;
  waits = 0;
  waitsInVain = 0;
  waitedMs = 0;
  checkoutsFailed = 0;
  readsRetried = 0;
  writesAsked = 0;
  writesUntracked = 0;
  checkedOutNow = 0;

  read(node: string, reason: SourceReason | null): void {
    this.#readsByNode.set(node, (this.#readsByNode.get(node) ?? 0) + 1);
    if (reason !== null) this.sourceReads[reason] += 1;
  }

  error(code: string): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  snapshot(waitingNow: number): PoolCounters {
    const readsByNode = Object.fromEntries(this.#readsByNode);
    return {
      readsByNode,
      reads: Object.values(readsByNode).reduce((sum, reads) => sum + reads, 0),
      writes: this.writes,
      sourceReads: { ...this.sourceReads },
      waits: this.waits,
      waitsInVain: this.waitsInVain,
      waitedMs: this.waitedMs,
      checkoutsFailed: this.checkoutsFailed,
      readsRetried: this.readsRetried,
      errors: Object.fromEntries(this.#errors),
      writesAsked: this.writesAsked,
      writesUntracked: this.writesUntracked,
      checkedOutNow: this.checkedOutNow,
      waitingNow,
    };
  }
}

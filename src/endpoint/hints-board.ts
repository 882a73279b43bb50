import type { Logger } from 'pino';
import { type Decision, decide } from '../hints/decide.js';
import type { AdminOrder } from '../hints/hint-inputs.js';
import type { HintSettings } from '../hints/hint-settings.js';
import type { Hints, StateChange } from '../hints/hints.js';
import type { HintsFeed } from '../server/hints-feed.js';
import type { ServerProbe } from './server-probe.js';
import type { WatchedReplica } from './watched-replica.js';

const tickMs = 250;
/** Behind an epoch: many epochs within it are one decision. */
const soonMs = 5;

export interface HintsBoardParts {
  /** See `EndpointSettings.failoverEpoch`. */
  readonly epoch: number;
  readonly sourceId: string;
  readonly source: ServerProbe;
  readonly replicas: readonly WatchedReplica[];
  readonly settings: HintSettings;
  readonly log: Logger;
}

/** Decides a few times a second and soon after every epoch, and tells whoever listens. */
export class HintsBoard implements HintsFeed {
  readonly #parts: HintsBoardParts;
  readonly #listeners = new Set<(hints: Hints) => void>();
  #decision: Decision | null = null;
  #tick: NodeJS.Timeout | null = null;
  #soon: NodeJS.Timeout | null = null;

  constructor(parts: HintsBoardParts) {
    this.#parts = parts;
  }

  current(): Hints | null {
    return this.#decision?.hints ?? null;
  }

  subscribe(listener: (hints: Hints) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts an order in force at once; null ends what is in force. False: there is no such replica. */
  give(id: string, order: AdminOrder | null): boolean {
    const replica = this.#parts.replicas.find((one) => one.id === id);
    if (replica === undefined) return false;
    replica.order = order;
    this.#parts.log.info({ replica: id, order: order?.order ?? 'none', note: order?.note ?? '' }, 'an order');
    this.#decide();
    return true;
  }

  start(): void {
    this.#decide();
    this.#tick ??= setInterval(() => this.#decide(), tickMs);
  }

  /** Something has changed that hints tell. Free: it is called behind every epoch. */
  soon(): void {
    if (this.#tick !== null) this.#soon ??= setTimeout(() => this.#decide(), soonMs);
  }

  close(): void {
    if (this.#tick !== null) clearInterval(this.#tick);
    if (this.#soon !== null) clearTimeout(this.#soon);
    this.#tick = null;
    this.#soon = null;
  }

  #decide(): void {
    if (this.#soon !== null) clearTimeout(this.#soon);
    this.#soon = null;
    const { epoch, sourceId, source, replicas, settings } = this.#parts;
    const { reachable, writable } = source.reading;
    const inputs = {
      epoch,
      source: { id: sourceId, reachable, writable },
      replicas: replicas.map((replica) => replica.inputs()),
    };
    this.#decision = decide(this.#decision, inputs, settings, Date.now());
    for (const change of this.#decision.changes) this.#tell(change);
    for (const listener of [...this.#listeners]) listener(this.#decision.hints);
  }

  #tell({ id, from, to, reason }: StateChange): void {
    const { log } = this.#parts;
    const isGood = to === 'serving' || from === null;
    log[isGood ? 'info' : 'warn']({ replica: id, from, to }, `${id}: ${from ?? 'new'} → ${to}: ${reason}`);
  }
}

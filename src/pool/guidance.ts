import type { Hints, ReplicaHint } from '../hints/hints.js';
import { HintsMemory } from './hints-memory.js';
import { HintsStream } from './hints-stream.js';
import { OwnLooks } from './own-looks.js';
import type { NodeSettings, PoolSettings } from './pool-settings.js';
import type { HintsOrigin } from './pool-explanation.js';

/** What reads are routed by. */
export interface Guide {
  readonly origin: HintsOrigin;
  /** Of this pool's servers only; decided at time 0, so that `ageMs` is the time to route at. */
  readonly hints: Hints;
  readonly ageMs: number;
  /** Servers of this pool that the hints do not name: nothing is known of them, and they are not read. */
  readonly unnamed: readonly string[];
}

interface Prepared {
  readonly hints: Hints;
  readonly unnamed: readonly string[];
  /** Whether they tell of any replica of this pool. */
  readonly isForUs: boolean;
}

/** What an option's weight is when it changes nothing. */
const weightWhole = 100;
const tickMs = 200;
/** So long a daemon is waited for at the start before the pool looks by itself. */
const firstMs = 300;

/**
 * Where routing comes from: a daemon's hints while they are young; the pool's own looks while they are not; and until these have seen
 * something, what the daemon said last, with its age.
 */
export class Guidance {
  readonly #settings: PoolSettings;
  readonly #nodes: ReadonlyMap<string, NodeSettings>;
  readonly #onChange: () => void;
  readonly #onOrigin: (origin: HintsOrigin, reason: string) => void;
  readonly #memory: HintsMemory;
  readonly #stream: HintsStream | null;
  readonly #looks: OwnLooks;
  readonly #prepared = new WeakMap<Hints, Prepared>();
  readonly #startMs = performance.now();
  #tick: NodeJS.Timeout | null = null;
  #told: HintsOrigin = 'none';

  /** `onChange`: another server may be readable now. `onOrigin`: the guide comes from elsewhere. */
  constructor(
    settings: PoolSettings,
    onChange: () => void,
    onOrigin: (origin: HintsOrigin, reason: string) => void,
  ) {
    const { source, replicas, hints, probes } = settings;
    const nodes = [source, ...replicas];
    this.#settings = settings;
    this.#nodes = new Map(nodes.map((node) => [node.id, node]));
    this.#onChange = onChange;
    this.#onOrigin = onOrigin;
    const changed = (): void => this.#changed();
    this.#memory = new HintsMemory(hints?.ageMsMax ?? 0);
    this.#stream = hints === null ? null : new HintsStream(hints, this.#memory, changed);
    this.#looks = new OwnLooks(nodes, source.id, probes, changed);
  }

  start(): void {
    this.#stream?.start();
    this.#tick = setInterval(() => this.#choose(), tickMs);
    this.#tick.unref();
    this.#choose();
  }

  async end(): Promise<void> {
    if (this.#tick !== null) clearInterval(this.#tick);
    await Promise.all([this.#stream?.end(), this.#looks.stop()]);
  }

  /** What is known now; null: nothing yet. */
  current(): Guide | null {
    const nowMs = performance.now();
    const young = this.#young(nowMs);
    if (young !== null) return this.#guide('daemon', young.hints, nowMs - young.decidedMs);
    const own = this.#looks.current;
    if (own !== null) return this.#guide('probes', own.hints, nowMs - own.decidedMs);
    const old = this.#memory.current;
    if (old !== null && this.#prepare(old.hints).isForUs)
      return this.#guide('daemon', old.hints, nowMs - old.decidedMs);
    return null;
  }

  /** The id of the server that takes the writes. */
  get sourceId(): string {
    const told = this.#memory.current?.hints.source.id;
    return told !== undefined && this.#nodes.has(told) ? told : this.#settings.source.id;
  }

  /** In words: where hints come from, or why they do not. */
  get words(): string {
    if (this.#stream === null) return 'no daemon is configured: the pool looks at the servers itself';
    const remembered = this.#memory.current;
    if (remembered !== null && !this.#prepare(remembered.hints).isForUs) {
      const named = remembered.hints.replicas.map(({ id }) => id).join(', ');
      return `${this.#stream.state}, which name none of this pool's replicas but ${named}; give these the same ids`;
    }
    return this.#stream.state;
  }

  #changed(): void {
    this.#choose();
    this.#onChange();
  }

  /** Whether to look by oneself. */
  #choose(): void {
    const nowMs = performance.now();
    const isYoung = this.#young(nowMs) !== null;
    if (isYoung) {
      this.#looks.learn(this.#memory);
      void this.#looks.stop();
    } else if (this.#stream === null || nowMs - this.#startMs > firstMs) {
      this.#looks.learn(this.#memory);
      this.#looks.start();
    }
    const origin = this.current()?.origin ?? 'none';
    if (origin === this.#told) return;
    this.#told = origin;
    this.#onOrigin(origin, this.words);
  }

  #young(nowMs: number) {
    const young = this.#memory.young(nowMs);
    return young !== null && this.#prepare(young.hints).isForUs ? young : null;
  }

  #guide(origin: HintsOrigin, hints: Hints, ageMs: number): Guide {
    const prepared = this.#prepare(hints);
    return { origin, hints: prepared.hints, unnamed: prepared.unnamed, ageMs: Math.max(0, ageMs) };
  }

  /** As this pool sees them: without servers that it does not have, with its own weights and zones. */
  #prepare(hints: Hints): Prepared {
    const known = this.#prepared.get(hints);
    if (known !== undefined) return known;
    const source = this.#nodes.has(hints.source.id) ? hints.source.id : this.#settings.source.id;
    const replicas = hints.replicas.flatMap((replica) => {
      const node = replica.id === source ? undefined : this.#nodes.get(replica.id);
      return node === undefined ? [] : [ownReplica(replica, node)];
    });
    const named = new Set([source, ...replicas.map(({ id }) => id)]);
    const unnamed = [...this.#nodes.keys()].filter((id) => !named.has(id));
    const isForUs = replicas.length > 0 || this.#nodes.size === 1;
    const prepared = {
      hints: { ...hints, atMs: 0, source: { ...hints.source, id: source }, replicas },
      unnamed,
      isForUs,
    };
    this.#prepared.set(hints, prepared);
    return prepared;
  }
}

/** Weights are multiplied with the pool's own; zones are its own where hints tell none. */
function ownReplica(replica: ReplicaHint, node: NodeSettings): ReplicaHint {
  const weight = (replica.weight * node.weight) / weightWhole;
  return { ...replica, weight, zone: replica.zone ?? node.zone };
}

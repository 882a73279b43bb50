import type { Connection } from 'mysql2';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Decision, decide } from '../hints/decide.js';
import type { ReplicaInputs } from '../hints/hint-inputs.js';
import { type HintSettings, hintDefaults } from '../hints/hint-settings.js';
import { durationWords } from '../lag/duration-words.js';
import type { HintsMemory, RememberedHints } from './hints-memory.js';
import { within } from './patience.js';
import type { NodeSettings, PoolSettings } from './pool-settings.js';
import { dropConnection, newConnection } from './server-link.js';
import { lookAtServer, type ServerLook } from './server-look.js';
import { SourceHistory } from './source-history.js';

/** What the pool looks at by itself is looked at by every application: no use in being as slow to trust again as a daemon is. */
const settings: HintSettings = { ...hintDefaults, betterHoldMs: 1_500, rampMs: 10_000 };
/** So many looks in a row fail until a server that has answered counts as not answering. */
const failuresMin = 2;

class Watched {
  readonly settings: NodeSettings;
  look: ServerLook | null = null;
  failures = 0;
  reason = 'it was not looked at yet';
  connection: Connection | null = null;

  constructor(node: NodeSettings) {
    this.settings = node;
  }

  /** null: not tried yet. */
  get reachable(): boolean | null {
    if (this.look !== null) return this.failures < failuresMin;
    return this.failures > 0 ? false : null;
  }
}

/**
 * Hints out of the pool's own looks at the servers, decided by the same engine as a daemon's. Looks only while it is told to: one connection a
 * server, once in an interval that is not the same for any two.
 */
export class OwnLooks {
  readonly #probes: PoolSettings['probes'];
  readonly #nodes: readonly NodeSettings[];
  readonly #history = new SourceHistory();
  readonly #onChange: () => void;
  /** New ones with each start: those of the last one may still be ending. */
  #servers: readonly Watched[] = [];
  #source: string;
  #epoch = 0;
  #decision: Decision | null = null;
  #decidedMs = 0;
  #watching: { readonly end: AbortController; readonly ended: Promise<unknown> } | null = null;

  constructor(
    nodes: readonly NodeSettings[],
    source: string,
    probes: PoolSettings['probes'],
    onChange: () => void,
  ) {
    this.#nodes = nodes;
    this.#source = source;
    this.#probes = probes;
    this.#onChange = onChange;
  }

  /** What was decided last while it looks; null: nothing yet. */
  get current(): Omit<RememberedHints, 'from'> | null {
    if (this.#decision === null || this.#watching === null) return null;
    return { hints: this.#decision.hints, decidedMs: this.#decidedMs };
  }

  /** Which server is the source, as hints told it last. */
  learn(memory: HintsMemory): void {
    const hints = memory.current?.hints;
    if (hints === undefined) return;
    this.#epoch = hints.epoch;
    const isKnown = this.#nodes.some(({ id }) => id === hints.source.id);
    if (hints.source.id === this.#source || !isKnown) return;
    this.#source = hints.source.id;
    this.#history.clear();
    this.#decision = null;
  }

  start(): void {
    if (this.#watching !== null) return;
    this.#servers = this.#nodes.map((node) => new Watched(node));
    this.#decision = null;
    const end = new AbortController();
    // Each server is a listener or two.
    setMaxListeners(0, end.signal);
    const ended = Promise.all(this.#servers.map((server) => this.#watch(server, end.signal)));
    this.#watching = { end, ended };
  }

  async stop(): Promise<void> {
    const watching = this.#watching;
    this.#watching = null;
    watching?.end.abort();
    await watching?.ended;
  }

  async #watch(server: Watched, signal: AbortSignal): Promise<void> {
    const drop = (): void => this.#drop(server);
    signal.addEventListener('abort', drop, { once: true });
    while (!signal.aborted) {
      await this.#look(server);
      if (signal.aborted) break;
      this.#decide();
      const waitMs = this.#probes.intervalMs * (0.75 + Math.random() / 2);
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
    signal.removeEventListener('abort', drop);
    drop();
  }

  async #look(server: Watched): Promise<void> {
    const { timeoutMs, heartbeatTable } = this.#probes;
    try {
      const connection = (server.connection ??= newConnection(server.settings, timeoutMs * 2));
      const look = await within(lookAtServer(connection, heartbeatTable), timeoutMs);
      server.look = look;
      server.failures = 0;
      if (server.settings.id === this.#source && look.gtidExecuted !== null)
        this.#history.note(look.gtidExecuted, look.askedMs);
    } catch (error) {
      server.failures += 1;
      server.reason = (error as Error).message;
      this.#drop(server);
    }
  }

  #drop(server: Watched): void {
    if (server.connection !== null) dropConnection(server.connection);
    server.connection = null;
  }

  #decide(): void {
    // Nobody is judged before everybody was looked at.
    if (this.#decision === null && this.#servers.some(({ reachable }) => reachable === null)) return;
    const source = this.#servers.find(({ settings: { id } }) => id === this.#source);
    const nowMs = performance.now();
    const inputs = {
      epoch: this.#epoch,
      source: {
        id: this.#source,
        reachable: source?.reachable ?? null,
        writable: source?.look?.writable ?? null,
      },
      replicas: this.#servers.filter((one) => one !== source).map((one) => this.#inputsOf(one, nowMs)),
    };
    this.#decision = decide(this.#decision, inputs, settings, Date.now());
    this.#decidedMs = nowMs;
    this.#onChange();
  }

  #inputsOf(server: Watched, nowMs: number): ReplicaInputs {
    const { look, reachable } = server;
    const ageMs = look === null ? 0 : nowMs - look.askedMs;
    const { gtidExecuted = null, lagMicros = null } = look ?? {};
    const byGtid = gtidExecuted === null ? null : this.#history.ageOf(gtidExecuted, nowMs);
    const byLag = lagMicros === null ? null : lagMicros + ageMs * 1_000;
    const atMostMicros = byGtid === null ? byLag : byGtid * 1_000;
    const lagReason =
      atMostMicros === null
        ? 'the age of its data is unknown'
        : `its data is ${durationWords(atMostMicros)} old at most, as far as the pool can see`;
    return {
      id: server.settings.id,
      // The pool puts its own weights and zones to any hints.
      zone: null,
      weight: 100,
      lagMicros: null,
      lagAtMostMicros: atMostMicros,
      lagReason,
      delayMicros: 0,
      originLagMicros: null,
      originAtMostMicros: atMostMicros,
      reachable,
      // Says more than that it does not answer.
      fault: reachable === false ? `it cannot be looked at: ${server.reason}` : null,
      threadsRunning: look?.threadsRunning ?? null,
      connections: look?.connections ?? null,
      connectionsMax: look?.connectionsMax ?? null,
      gtidExecuted,
      link: null,
      admin: null,
    };
  }
}

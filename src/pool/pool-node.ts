import type { Connection, Pool, PoolConnection } from 'mysql2';
import { Circuit, circuitDefaults } from './circuit.js';
import { ConnectionWatch } from './connection-watch.js';
import { LentConnection } from './lent-connection.js';
import { afterPatience, within } from './patience.js';
import type { NodeSettings, PoolSettings } from './pool-settings.js';
import { dropConnection, newConnection, openDriverPool, ping, takeConnection } from './server-link.js';
import { renewSession, setUpSession } from './session-state.js';

/** mysql2's own limit does not look at what has arrived before it strikes; ours does, and comes first. */
const driverPatience = 4;

/** What a node tells those around it. */
export interface NodeListener {
  /** It was found to be down, or up again. */
  readonly onCircuit: (node: PoolNode, up: boolean, reason: string) => void;
  /** A connection is free, or may be had again. */
  readonly onFree: () => void;
}

type Limits = Pick<PoolSettings, 'connectMsMax' | 'idleTrustMs' | 'silenceMsMax'>;

/** One server: its connections, how many are lent, and whether it works. */
export class PoolNode {
  readonly settings: NodeSettings;
  readonly #limits: Limits;
  readonly #listener: NodeListener;
  readonly #pool: Pool;
  readonly #watches = new Map<PoolConnection, ConnectionWatch>();
  readonly #lent = new Set<LentConnection>();
  readonly #circuit = new Circuit(circuitDefaults);
  #taken = 0;
  #heardMs = performance.now();
  #trial: NodeJS.Timeout | null = null;
  #guard: NodeJS.Timeout | null = null;
  #isLooking = false;
  #hasEnded = false;

  constructor(settings: NodeSettings, limits: Limits, listener: NodeListener) {
    this.settings = settings;
    this.#limits = limits;
    this.#listener = listener;
    this.#pool = openDriverPool(settings, limits.connectMsMax * driverPatience);
    this.#pool.on('connection', (raw) => this.#watch(raw));
  }

  get id(): string {
    return this.settings.id;
  }

  /** Connections that are lent, or being made ready for it. */
  get inFlight(): number {
    return this.#taken;
  }

  get isBusy(): boolean {
    return this.#taken >= this.settings.connectionsMax;
  }

  /** Why it is not to be used for reads; null: it may be. */
  get down(): string | null {
    return this.#circuit.reason;
  }

  /** Why it gives no connection now; null: it may give one. */
  get closed(): string | null {
    return this.down ?? (this.isBusy ? 'all its connections are in use' : null);
  }

  /**
   * A connection that is known to work, set up and with nothing open on it. Takes `timeoutMs` at most, and each attempt to reach the
   * server no longer than it may. Rejects with the reason; whatever it was, it counts against the server, but for being busy.
   */
  async lend(timeoutMs: number): Promise<LentConnection> {
    if (this.isBusy) throw new Error(`all ${this.settings.connectionsMax} connections are in use`);
    this.#taken += 1;
    const limitMs = Math.min(timeoutMs, this.#limits.connectMsMax);
    let raw: PoolConnection | null = null;
    try {
      const taking = takeConnection(this.#pool);
      raw = await within(taking, limitMs).catch((error: unknown) => {
        void taking.then(
          (late) => this.#discard(late),
          () => undefined,
        );
        throw error;
      });
      const watch = this.#watch(raw);
      await within(this.#prepare(watch), limitMs);
      watch.start();
      return this.#note(new LentConnection(this, watch));
    } catch (error) {
      if (raw !== null) this.#discard(raw);
      this.#free();
      this.fail((error as Error).message);
      throw error;
    }
  }

  /** Something that it was asked for went wrong: it is not used until it was tried, and works. */
  fail(reason: string): void {
    if (this.#hasEnded) return;
    const opened = this.#circuit.fail(reason, performance.now());
    if (opened) this.#listener.onCircuit(this, false, reason);
    if (this.#trial === null && !this.#isLooking) this.#tryLater();
  }

  /** Is called by what was lent. A connection on which anything may be left is made as new before anybody else gets it. */
  async takeBack(lent: LentConnection, isUsable: boolean): Promise<void> {
    const { watch } = lent;
    this.#lent.delete(lent);
    try {
      if (watch.lost !== null && !lent.isTornOff) this.fail(watch.lost);
      if (!isUsable || watch.lost !== null) this.#discard(watch.raw);
      else {
        // Statements that nobody waited for come first, and may be long.
        const isAsNew = !watch.isTouched || (await within(renewSession(watch), this.#limits.connectMsMax));
        if (isAsNew) watch.raw.release();
        else this.#discard(watch.raw);
      }
    } catch {
      this.#discard(watch.raw);
    } finally {
      this.#free();
    }
  }

  /** Takes no more; ends what is open, at once. What is lent is cut off. */
  async end(timeoutMs: number): Promise<void> {
    this.#hasEnded = true;
    if (this.#trial !== null) clearTimeout(this.#trial);
    if (this.#guard !== null) clearInterval(this.#guard);
    for (const lent of this.#lent) lent.watch.cut('the pool was ended');
    await new Promise<void>((resolve) => {
      const callOff = afterPatience(timeoutMs, resolve);
      this.#pool.end(() => {
        callOff();
        resolve();
      });
    });
    for (const [raw] of this.#watches) dropConnection(raw);
  }

  #watch(raw: PoolConnection): ConnectionWatch {
    const known = this.#watches.get(raw);
    if (known !== undefined) return known;
    const watch = new ConnectionWatch(raw, (nowMs) => (this.#heardMs = nowMs));
    this.#watches.set(raw, watch);
    const forget = (): boolean => this.#watches.delete(raw);
    raw.once('end', forget);
    raw.once('error', forget);
    return watch;
  }

  /** Sets up what is new, and tries what has been idle: the server may be gone without a word. */
  async #prepare(watch: ConnectionWatch): Promise<void> {
    if (!watch.isSetUp) await setUpSession(watch);
    else if (watch.idleMs(performance.now()) > this.#limits.idleTrustMs) await ping(watch.raw);
  }

  #note(lent: LentConnection): LentConnection {
    this.#lent.add(lent);
    if (this.#guard === null) {
      this.#guard = setInterval(() => this.#lookForSilence(), Math.max(5, this.#limits.silenceMsMax / 2));
      this.#guard.unref();
    }
    return lent;
  }

  /**
   * A server that stopped in its tracks answers nothing and closes nothing. One that has long statements to run looks the same, but answers
   * somebody else: so it is asked for a word on another connection.
   */
  #lookForSilence(): void {
    if (this.#lent.size === 0 && this.#guard !== null) {
      clearInterval(this.#guard);
      this.#guard = null;
      return;
    }
    const nowMs = performance.now();
    const { silenceMsMax } = this.#limits;
    if (this.#isLooking || nowMs - this.#heardMs < silenceMsMax) return;
    const isSilent = [...this.#lent].some(({ watch }) => watch.silentMs(nowMs) >= silenceMsMax);
    if (!isSilent) return;
    void this.#look(silenceMsMax);
  }

  #tryLater(): void {
    this.#trial = setTimeout(() => {
      this.#trial = null;
      void this.#look(this.#limits.connectMsMax);
    }, this.#circuit.trialInMs(Math.random()));
    this.#trial.unref();
  }

  /** Whether it answers at all. If not, reads that wait for it are told so. */
  async #look(timeoutMs: number): Promise<void> {
    if (this.#isLooking || this.#hasEnded) return;
    this.#isLooking = true;
    let connection: Connection | null = null;
    try {
      connection = newConnection(this.settings, timeoutMs * driverPatience);
      await within(ping(connection), timeoutMs);
      this.#heardMs = performance.now();
      this.#isLooking = false;
      if (this.#circuit.succeed(performance.now())) this.#listener.onCircuit(this, true, 'it answers again');
      this.#listener.onFree();
    } catch (error) {
      this.#isLooking = false;
      const reason = (error as Error).message;
      this.fail(reason);
      for (const lent of [...this.#lent])
        if (lent.mayBeCut) lent.watch.cut(`${this.id} does not answer: ${reason}`);
    } finally {
      if (connection !== null) dropConnection(connection);
    }
  }

  #discard(raw: PoolConnection): void {
    this.#watches.delete(raw);
    raw.destroy();
    // That only asks for the end; a server that stands still would not answer.
    dropConnection(raw);
  }

  #free(): void {
    this.#taken -= 1;
    this.#listener.onFree();
  }
}

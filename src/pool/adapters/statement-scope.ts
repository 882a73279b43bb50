import type { PoolSession } from '../pool-session.js';
import type { ReplicaPool } from '../replica-pool.js';
import type { AdapterNeeds } from './adapter-options.js';
import type { StatementConnection } from './statement-connection.js';
import { StatementRunner } from './statement-runner.js';

/** What the connections of one adapter share. */
export class StatementScope {
  readonly pool: ReplicaPool;
  readonly needs: AdapterNeeds;
  readonly runner: StatementRunner;
  readonly #open = new Set<StatementConnection>();
  readonly #settling = new WeakMap<PoolSession, Promise<unknown>>();

  constructor(pool: ReplicaPool, needs: AdapterNeeds) {
    this.pool = pool;
    this.needs = needs;
    this.runner = new StatementRunner(needs);
  }

  remember(connection: StatementConnection): void {
    this.#open.add(connection);
  }

  forget(connection: StatementConnection): void {
    this.#open.delete(connection);
  }

  /** Those that are out, for whoever ends all of them. */
  get open(): readonly StatementConnection[] {
    return [...this.#open];
  }

  /** A connection is being given back: until that is done, it is not known what was written in its session. */
  settling(session: PoolSession | null, ended: Promise<unknown>): void {
    if (session === null) return;
    const before = this.#settling.get(session);
    const all = before === undefined ? ended : Promise.all([before, ended]).then(() => undefined);
    this.#settling.set(session, all);
  }

  /** Resolves when all that was given back in this session is known of. */
  async settled(): Promise<void> {
    const session = this.pool.currentSession();
    if (session === null) return;
    const ended = this.#settling.get(session);
    if (ended === undefined) return;
    await ended;
    if (this.#settling.get(session) === ended) this.#settling.delete(session);
  }
}

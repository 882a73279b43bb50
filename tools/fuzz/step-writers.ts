import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { ServerError } from '../../src/mysql/server-error.js';
import type { FuzzCase, FuzzStep } from './fuzz-case.js';

/** In order, a statement that waits for a lock is left behind after this time; only its own writer waits for it. */
const stepWaitMs = 40;
const reconnectWaitMs = 100;
const reconnectAttemptsMax = 600;
/** Locks are waited for a second at most, so that a round does not stand still. */
const sessionStart = 'SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 2';

export interface WriterHooks {
  /** Is called before each step, with the number of those before it. */
  readonly onStep: (started: number) => void;
  /** Between two steps of a writer. */
  readonly pauseMs: number;
}

/** The sessions that write on the source. What the server refuses is part of the workload. */
export class StepWriters {
  readonly #source: LabServer;
  readonly #hooks: WriterHooks;
  readonly #sessions = new Map<number, ServerConnection>();
  readonly #order: FuzzStep[] = [];
  #refused = 0;

  constructor(source: LabServer, hooks: WriterHooks) {
    this.#source = source;
    this.#hooks = hooks;
  }

  /** The steps in the order in which they were started. */
  get order(): readonly FuzzStep[] {
    return this.#order;
  }

  get refused(): number {
    return this.#refused;
  }

  /** Runs all statements of the case; returns when every session has ended and nothing is left prepared. */
  async write({ setup, steps, inOrder }: FuzzCase): Promise<void> {
    try {
      for (const sql of setup) await this.#step({ writer: 0, sql });
      if (inOrder) await this.#inOrder(steps);
      else await this.#sideBySide(steps);
    } finally {
      await Promise.all([...this.#sessions.values()].map((session) => session.close()));
      this.#sessions.clear();
    }
    await this.#endPrepared();
  }

  async #sideBySide(steps: readonly FuzzStep[]): Promise<void> {
    const writers = new Set(steps.map(({ writer }) => writer));
    await Promise.all(
      [...writers].map(async (writer) => {
        for (const step of steps.filter((each) => each.writer === writer)) {
          await this.#step(step);
          if (this.#hooks.pauseMs > 0) await sleep(this.#hooks.pauseMs);
        }
      }),
    );
  }

  async #inOrder(steps: readonly FuzzStep[]): Promise<void> {
    const busy = new Map<number, Promise<void>>();
    for (const step of steps) {
      const running = (busy.get(step.writer) ?? Promise.resolve()).then(() => this.#step(step));
      busy.set(step.writer, running);
      const timer = new AbortController();
      const patience = sleep(stepWaitMs, undefined, { signal: timer.signal }).catch(() => undefined);
      await Promise.race([running, patience]);
      timer.abort();
    }
    await Promise.all(busy.values());
  }

  async #step(step: FuzzStep): Promise<void> {
    this.#hooks.onStep(this.#order.length);
    this.#order.push(step);
    const session = await this.#session(step.writer);
    try {
      await session.query(step.sql);
    } catch (error) {
      if (error instanceof ServerError) this.#refused += 1;
      // The source was killed: the step is lost, and so is what its session was set to.
      else if (error instanceof TailraceError) session.destroy();
      else throw error;
    }
  }

  async #session(writer: number): Promise<ServerConnection> {
    const known = this.#sessions.get(writer);
    if (known?.usable === true) return known;
    const session = await this.#connect();
    this.#sessions.set(writer, session);
    return session;
  }

  async #connect(): Promise<ServerConnection> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const session = await this.#source.connect();
        await session.execute(sessionStart);
        return session;
      } catch (error) {
        if (attempt >= reconnectAttemptsMax) throw error;
        await sleep(reconnectWaitMs);
      }
    }
  }

  /** Prepared XA transactions outlive their sessions, and would hold their locks into the next round. */
  async #endPrepared(): Promise<void> {
    const session = await this.#connect();
    try {
      const prepared = await session.query<{ data: string }>('XA RECOVER');
      for (const { data } of prepared) {
        await session.execute('XA ROLLBACK ?', [data]).catch((error: unknown) => {
          // Its session is still on its way out.
          if (!(error instanceof ServerError)) throw error;
        });
      }
    } finally {
      await session.close();
    }
  }
}

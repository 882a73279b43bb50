import { setTimeout as sleep } from 'node:timers/promises';
import { sharedClockMs } from '../shared-clock.js';
import { CheckConnection } from './check-connection.js';
import { type DelayFigures, LatencyHistogram } from './latency-histogram.js';

export interface CheckLoadTask {
  readonly port: number;
  /** Paths that are asked in turn. */
  readonly paths: readonly string[];
  readonly connections: number;
  /** null: every connection asks again as soon as it has its answer. */
  readonly ratePerSecond: number | null;
  readonly seconds: number;
  /** Not counted, before the seconds: connections open, code is compiled. */
  readonly warmUpSeconds: number;
}

export interface CheckLoadResult extends DelayFigures {
  readonly seconds: number;
  readonly ratePerSecond: number;
  /** Answers by status; 0: the connection was lost. */
  readonly statuses: Readonly<Record<string, number>>;
}

const openMsMax = 10_000;
const drainMsMax = 5_000;

/**
 * Asks at a steady rate, each request due at its own time whether or not those before it are answered; a delay runs from the time at which
 * the request was due, so that a server which stops for a while does not look fast because nobody could ask. Without a rate a delay runs
 * from the sending of the request.
 */
export class CheckLoad {
  readonly #task: CheckLoadTask;
  readonly #requests: readonly string[];
  readonly #connections: CheckConnection[] = [];
  readonly #dueMs = new Map<CheckConnection, number>();
  readonly #free: CheckConnection[] = [];
  readonly #delays = new LatencyHistogram();
  readonly #statuses = new Map<number, number>();
  #countFromMs = Number.POSITIVE_INFINITY;
  #nextDueMs = 0;
  #next = 0;
  #isOver = false;

  constructor(task: CheckLoadTask) {
    this.#task = task;
    this.#requests = task.paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  }

  async run(): Promise<CheckLoadResult> {
    const { seconds, warmUpSeconds } = this.#task;
    await this.#open();
    const startMs = sharedClockMs();
    this.#nextDueMs = startMs;
    this.#countFromMs = startMs + warmUpSeconds * 1_000;
    const endMs = this.#countFromMs + seconds * 1_000;
    while (sharedClockMs() < endMs) {
      this.#sendDue();
      await sleep(1);
    }
    this.#isOver = true;
    for (let waited = 0; waited < drainMsMax && this.#dueMs.size > 0; waited += 10) await sleep(10);
    for (const connection of this.#connections) connection.close();
    return {
      ...this.#delays.figures(),
      seconds,
      ratePerSecond: this.#delays.count / seconds,
      statuses: Object.fromEntries(this.#statuses),
    };
  }

  async #open(): Promise<void> {
    const answered = (connection: CheckConnection, status: number): void =>
      this.#answered(connection, status);
    for (let opened = 0; opened < this.#task.connections; opened += 1)
      this.#connections.push(new CheckConnection(this.#task.port, answered));
    for (let waited = 0; waited < openMsMax; waited += 10) {
      if (this.#connections.every(({ isFree }) => isFree)) break;
      await sleep(10);
    }
    this.#free.push(...this.#connections.filter(({ isFree }) => isFree));
  }

  #sendDue(): void {
    const nowMs = sharedClockMs();
    while (this.#free.length > 0 && !this.#isOver) {
      if (this.#task.ratePerSecond === null) {
        this.#ask(this.#free.pop()!, nowMs);
        continue;
      }
      if (this.#nextDueMs > nowMs) return;
      this.#ask(this.#free.pop()!, this.#nextDueMs);
      this.#nextDueMs += 1_000 / this.#task.ratePerSecond;
    }
  }

  #ask(connection: CheckConnection, dueMs: number): void {
    this.#dueMs.set(connection, dueMs);
    connection.ask(this.#requests[this.#next]!);
    this.#next = (this.#next + 1) % this.#requests.length;
  }

  #answered(connection: CheckConnection, status: number): void {
    const nowMs = sharedClockMs();
    const dueMs = this.#dueMs.get(connection) ?? nowMs;
    this.#dueMs.delete(connection);
    if (nowMs >= this.#countFromMs) {
      this.#delays.add(nowMs - dueMs);
      this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    }
    if (status === 0) return;
    this.#free.push(connection);
    this.#sendDue();
  }
}

import type { PoolConnection as PromiseConnection } from 'mysql2/promise';
import type { ConnectionWatch } from './connection-watch.js';
import type { PoolNode } from './pool-node.js';

/** A connection of one server in somebody's hands. */
export class LentConnection {
  readonly node: PoolNode;
  readonly watch: ConnectionWatch;
  /** For the application. */
  readonly connection: PromiseConnection;
  /** Whether it may be torn from those who have it when the server does not answer: reads can be done again elsewhere. */
  mayBeCut = false;
  #isTornOff = false;
  #isBack = false;

  constructor(node: PoolNode, watch: ConnectionWatch) {
    this.node = node;
    this.watch = watch;
    this.connection = (watch.raw as unknown as { promise(): PromiseConnection }).promise();
    // The connection goes back through the pool only: it counts what is lent, and cleans up.
    this.connection.release = () => undefined;
  }

  /** Whether it was lost because the application gave it up: nothing is wrong with the server. */
  get isTornOff(): boolean {
    return this.#isTornOff;
  }

  /** The application waits no longer for what it has asked for. */
  tearOff(reason: string): void {
    if (this.#isBack || this.watch.lost !== null) return;
    this.#isTornOff = true;
    this.watch.cut(reason);
  }

  /** Once only. `isUsable` false: it is closed. */
  async giveBack(isUsable: boolean): Promise<void> {
    if (this.#isBack) return;
    this.#isBack = true;
    await this.node.takeBack(this, isUsable);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';

const schema = 'demo_shop';
const products = 50;
const ddlIntervalMs = 3_000;
const attemptsMax = 100;
const againAfterMs = 10;

/**
 * Another transaction was in the way, ER_LOCK_DEADLOCK and ER_LOCK_WAIT_TIMEOUT; or the customer is not committed yet,
 * ER_NO_REFERENCED_ROW_2.
 */
const passingErrnos = new Set([1213, 1205, 1452]);

const tables = [
  `CREATE TABLE ${schema}.customers (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(80) NOT NULL UNIQUE,
     name VARCHAR(80) NOT NULL, since DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3))`,
  `CREATE TABLE ${schema}.stock (product INT PRIMARY KEY, on_hand INT NOT NULL, changes BIGINT NOT NULL DEFAULT 0)`,
  `CREATE TABLE ${schema}.orders (id INT AUTO_INCREMENT PRIMARY KEY, customer INT NOT NULL,
     status ENUM('new','shipped','returned') NOT NULL DEFAULT 'new', total DECIMAL(10,2) NOT NULL,
     FOREIGN KEY (customer) REFERENCES ${schema}.customers (id))`,
  `CREATE TABLE ${schema}.order_lines (order_id INT NOT NULL, line INT NOT NULL, product INT NOT NULL,
     quantity INT NOT NULL, PRIMARY KEY (order_id, line),
     FOREIGN KEY (order_id) REFERENCES ${schema}.orders (id) ON DELETE CASCADE,
     FOREIGN KEY (product) REFERENCES ${schema}.stock (product))`,
  // No primary key, on purpose: such tables exist.
  `CREATE TABLE ${schema}.visits (at TIMESTAMP(6) NOT NULL, page VARCHAR(40) NOT NULL, detail JSON)`,
];

/** What the workload has done so far. */
export interface ShopFigures {
  readonly transactions: number;
  readonly statements: number;
}

/**
 * A small shop on the source: orders with lines (foreign keys, one with ON DELETE CASCADE), hot stock rows, a unique e-mail,
 * a table without a primary key, and DDL in between.
 */
export class ShopWorkload {
  #transactions = 0;
  #ddl = 0;
  #highestOrder = 0;
  #customers = 0;

  get figures(): ShopFigures {
    return { transactions: this.#transactions, statements: this.#ddl };
  }

  /** Creates the tables and their first rows. */
  async prepare(connection: ServerConnection): Promise<void> {
    await connection.execute(`CREATE DATABASE ${schema}`);
    for (const table of tables) await connection.execute(table);
    for (let product = 1; product <= products; product += 1) {
      await connection.execute(`INSERT INTO ${schema}.stock (product, on_hand) VALUES (?, ?)`, [
        product,
        1_000_000,
      ]);
    }
    for (let i = 0; i < 20; i += 1) await this.#newCustomer(connection);
  }

  /** One client of the shop, at most `perSecondMax` transactions a second, until the signal. */
  async trade(connection: ServerConnection, perSecondMax: number, signal: AbortSignal): Promise<void> {
    const startMs = performance.now();
    for (let done = 0; !signal.aborted; done += 1) {
      await this.#oneTransaction(connection);
      const aheadMs = (done * 1_000) / perSecondMax - (performance.now() - startMs);
      if (aheadMs > 0) await sleep(aheadMs);
    }
  }

  /** Changes tables every few seconds until the signal. */
  async alter(connection: ServerConnection, signal: AbortSignal): Promise<void> {
    for (let round = 1; ; round += 1) {
      await sleep(ddlIntervalMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const statements = [
        `ALTER TABLE ${schema}.customers ADD COLUMN note_${round} VARCHAR(40) DEFAULT 'n/a'`,
        `CREATE TABLE ${schema}.report_${round} (product INT PRIMARY KEY, on_hand INT)`,
        `INSERT INTO ${schema}.report_${round} SELECT product, on_hand FROM ${schema}.stock`,
        `ALTER TABLE ${schema}.orders ADD INDEX by_status_${round} (status, id)`,
        ...(round > 1 ? [`DROP TABLE ${schema}.report_${round - 1}`] : []),
      ];
      for (const statement of statements) {
        while (!(await passes(connection, () => connection.execute(statement)))) if (signal.aborted) return;
        this.#ddl += 1;
      }
    }
  }

  /**
   * Tries again while others are in the way. That keeps AUTO_INCREMENT counters comparable, too: the number that a rolled-back insert took
   * is in no binary log, and the source alone would know of it if no row with a higher one followed.
   */
  async #oneTransaction(connection: ServerConnection): Promise<void> {
    const dice = Math.random();
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      if (await passes(connection, () => this.#work(dice, connection))) {
        this.#transactions += 1;
        return;
      }
      await sleep(againAfterMs);
    }
  }

  async #work(dice: number, connection: ServerConnection): Promise<void> {
    if (dice < 0.45) return this.#order(connection);
    if (dice < 0.6) return this.#ship(connection);
    if (dice < 0.68) return this.#cancel(connection);
    if (dice < 0.75) return this.#newCustomer(connection);
    if (dice < 0.8) return this.#moveCustomer(connection);
    await connection.execute(`INSERT INTO ${schema}.visits VALUES (NOW(6), ?, ?)`, [
      `/product/${below(products)}`,
      JSON.stringify({ seconds: below(300), from: ['search', 'mail', 'link'][below(3)] }),
    ]);
  }

  async #order(connection: ServerConnection): Promise<void> {
    await connection.execute('BEGIN');
    await connection.execute(`INSERT INTO ${schema}.orders (customer, total) VALUES (?, ?)`, [
      1 + below(this.#customers),
      below(100_000) / 100,
    ]);
    const [row] = await connection.query<{ id: number | string }>('SELECT LAST_INSERT_ID() AS id');
    const id = Number(row!.id);
    const lines = 1 + below(4);
    for (let line = 1; line <= lines; line += 1) {
      const product = 1 + Math.floor(Math.random() ** 3 * products);
      const quantity = 1 + below(5);
      await connection.execute(`INSERT INTO ${schema}.order_lines VALUES (?, ?, ?, ?)`, [
        id,
        line,
        product,
        quantity,
      ]);
      await connection.execute(
        `UPDATE ${schema}.stock SET on_hand = on_hand - ?, changes = changes + 1 WHERE product = ?`,
        [quantity, product],
      );
    }
    await connection.execute('COMMIT');
    this.#highestOrder = Math.max(this.#highestOrder, id);
  }

  async #ship(connection: ServerConnection): Promise<void> {
    const status = Math.random() < 0.9 ? 'shipped' : 'returned';
    const id = 1 + below(this.#highestOrder);
    await connection.execute(`UPDATE ${schema}.orders SET status = ? WHERE id = ?`, [status, id]);
  }

  async #cancel(connection: ServerConnection): Promise<void> {
    await connection.execute(`DELETE FROM ${schema}.orders WHERE id = ?`, [1 + below(this.#highestOrder)]);
  }

  async #newCustomer(connection: ServerConnection): Promise<void> {
    const number = (this.#customers += 1);
    await connection.execute(`INSERT INTO ${schema}.customers (email, name) VALUES (?, ?)`, [
      `customer-${number}@shop.example`,
      `Customer ${number}`,
    ]);
  }

  async #moveCustomer(connection: ServerConnection): Promise<void> {
    const id = 1 + below(this.#customers);
    const email = `moved-${id}-${Date.now()}-${below(1_000_000)}@shop.example`;
    await connection.execute(`UPDATE ${schema}.customers SET email = ? WHERE id = ?`, [email, id]);
  }
}

/** False when others were in the way: what was begun is rolled back, and may be tried again. */
async function passes(connection: ServerConnection, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof ServerError) || !passingErrnos.has(error.errno)) throw error;
    await connection.execute('ROLLBACK');
    return false;
  }
}

/** A whole number from 0 to `limit - 1`. */
function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../../tools/lab/seeded-random.js';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { ServerError } from '../../src/mysql/server-error.js';

/** Deadlock, lock wait, a row that a foreign key still needs, one that is not there: what was begun is rolled back. */
const passingErrnos = new Set([1205, 1213, 1451, 1452]);

const schemas = ['fault_shop', 'fault_tree', 'fault_bag'];
const tables = [
  // A counter of its own, and unique values that move from row to row.
  `fault_shop.accounts (id BIGINT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(60) NOT NULL UNIQUE, slot INT NULL UNIQUE,
     balance BIGINT NOT NULL DEFAULT 0, note VARCHAR(120))`,
  'fault_shop.counters (id INT PRIMARY KEY, n BIGINT NOT NULL)',
  'fault_shop.moves (k INT PRIMARY KEY, v INT NOT NULL UNIQUE, n INT NOT NULL DEFAULT 0)',
  // Many rows whose keys compare as bytes: spread over lanes.
  'fault_shop.bulk (id BIGINT PRIMARY KEY, v BIGINT NOT NULL UNIQUE, pad VARCHAR(120))',
  // Changes that cannot be applied twice, and travel as they came.
  'fault_shop.docs (id INT PRIMARY KEY, doc JSON NOT NULL)',
  'fault_shop.minimal (id INT PRIMARY KEY, a INT NOT NULL, b INT NOT NULL, c VARCHAR(40))',
  'fault_tree.parents (id INT PRIMARY KEY, name VARCHAR(40))',
  'fault_tree.children (id INT AUTO_INCREMENT PRIMARY KEY, parent INT NOT NULL, FOREIGN KEY (parent) REFERENCES parents (id))',
  `fault_tree.kin (id INT AUTO_INCREMENT PRIMARY KEY, parent INT NOT NULL,
     FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE CASCADE ON UPDATE CASCADE)`,
  // No primary key from here on: a row that came twice would be there twice.
  `fault_tree.notes (kin INT NULL, body VARCHAR(40), KEY (kin),
     FOREIGN KEY (kin) REFERENCES kin (id) ON DELETE SET NULL)`,
  'fault_bag.visits (worker INT NOT NULL, page INT NOT NULL)',
  'fault_bag.tally (worker INT NOT NULL, n BIGINT NOT NULL)',
  'fault_bag.audit (id INT NOT NULL, n BIGINT NOT NULL)',
  'fault_bag.tickets (n INT AUTO_INCREMENT, worker INT NOT NULL, KEY (n))',
  // For tests that wait until what they wrote has arrived.
  'fault_shop.marks (mark BIGINT PRIMARY KEY)',
];
const counters = 12;
const docLength = 400;
const awayPauseMs = 50;

/**
 * Writes on a source what is hard to apply exactly once: hot rows, unique values that move, foreign keys with and without
 * actions, tables without a primary key with equal rows, partial images, partial JSON, counters, a trigger, large
 * transactions, DDL. The same seed writes the same. Several of them may write side by side, each with a `worker` of its own.
 */
export class FaultWorkload {
  readonly #random: SeededRandom;
  readonly #worker: number;
  #sequence = 0;
  #tables = 0;
  #transactions = 0;
  #connection: ServerConnection | null = null;

  constructor(seed: number, worker = 0) {
    this.#random = new SeededRandom(seed, `worker ${worker}`);
    this.#worker = worker;
  }

  /** Transactions that the source has committed for certain. */
  get transactions(): number {
    return this.#transactions;
  }

  /** Creates the tables and the rows that are changed; once, by one worker. */
  static async prepare(source: LabServer): Promise<void> {
    const connection = await source.connect({ multipleStatements: true });
    const text = [
      ...schemas.map((schema) => `CREATE DATABASE ${schema}`),
      ...tables.map((table) => `CREATE TABLE ${table}`),
      ...Array.from({ length: counters }, (_, id) => `INSERT INTO fault_shop.counters VALUES (${id}, 0)`),
    ];
    await connection.query(text.join(';\n'));
    // Alone: the text of a trigger takes in the semicolon that parts it from the next statement.
    await connection.execute(
      `CREATE TRIGGER fault_shop.counted AFTER UPDATE ON fault_shop.counters FOR EACH ROW
         INSERT INTO fault_bag.audit VALUES (NEW.id, NEW.n)`,
    );
    await connection.close();
  }

  /** The rows that this worker changes. */
  async begin(source: LabServer): Promise<void> {
    const w = this.#worker;
    const numbers = Array.from({ length: docLength }, (_, i) => i);
    await this.#run(
      source,
      `INSERT INTO fault_bag.tally VALUES (${w}, 0);
       INSERT INTO fault_shop.docs VALUES (${w}, '{"list": [${numbers.join(',')}], "n": 0}');
       INSERT INTO fault_shop.minimal VALUES (${w}, 0, 0, 'as it was');
       INSERT INTO fault_shop.moves (k, v) VALUES ${[0, 1, 2, 3, 4].map((i) => `(${w * 1e6 + i}, ${w * 1e6 + i})`).join()}`,
    );
  }

  async close(): Promise<void> {
    await this.#connection?.close();
    this.#connection = null;
  }

  /** So many transactions of mixed kinds. */
  async burst(source: LabServer, transactions: number): Promise<void> {
    for (let i = 0; i < transactions; i += 1) await this.step(source);
  }

  /** One transaction, of a kind that the seed decides. */
  async step(source: LabServer): Promise<void> {
    const kinds = [
      this.#count,
      this.#count,
      this.#open,
      this.#rotate,
      this.#move,
      this.#visit,
      this.#tree,
      this.#strict,
      this.#burn,
      this.#fill,
    ];
    const kind = kinds[this.#random.below(kinds.length)]!;
    if (await this.#run(source, kind.call(this))) this.#transactions += 1;
  }

  /** A transaction of about 2 MB. */
  async large(source: LabServer): Promise<void> {
    const base = this.#next(20_000);
    await this.#run(
      source,
      `SET SESSION cte_max_recursion_depth = 100000; BEGIN;
       UPDATE fault_bag.tally SET n = n + 1 WHERE worker = ${this.#worker};
       INSERT INTO fault_bag.visits VALUES (${this.#worker}, -1), (${this.#worker}, -1);
       INSERT INTO fault_shop.bulk
         WITH RECURSIVE s (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < 11999)
         SELECT ${base} + i, ${base} + i, REPEAT('x', 110) FROM s;
       DELETE FROM fault_shop.bulk WHERE id BETWEEN ${base + 100} AND ${base + 10_000};
       UPDATE fault_bag.tally SET n = n + 1 WHERE worker = ${this.#worker};
       COMMIT`,
    );
    this.#transactions += 1;
  }

  /** Transactions of 50 kB each, one after the other. */
  async wide(source: LabServer, transactions: number): Promise<void> {
    for (let i = 0; i < transactions; i += 1) {
      const base = this.#next(400);
      await this.#run(
        source,
        `INSERT INTO fault_shop.bulk
           WITH RECURSIVE s (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < 399)
           SELECT ${base} + i, ${base} + i, REPEAT('w', 110) FROM s;
         INSERT INTO fault_bag.visits VALUES (${this.#worker}, -2)`,
      );
    }
  }

  /** Statements that change tables, with rows before, between and after. Only one worker may. */
  async ddl(source: LabServer): Promise<void> {
    const t = (this.#tables += 1);
    const statements = [
      `ALTER TABLE fault_shop.accounts ADD COLUMN extra_${t} INT NOT NULL DEFAULT ${t}`,
      `CREATE TABLE fault_bag.made_${t} SELECT id, n FROM fault_shop.counters`,
      `INSERT INTO fault_bag.made_${t} VALUES (1, ${t}), (1, ${t})`,
      `RENAME TABLE fault_bag.made_${t} TO fault_bag.named_${t}`,
      `ALTER TABLE fault_shop.moves ADD INDEX by_n_${t} (n, k)`,
      'TRUNCATE TABLE fault_bag.tickets',
      `INSERT INTO fault_bag.tickets (worker) VALUES (${this.#worker})`,
      `CREATE USER 'fault_${t}'@'%'`,
      `GRANT SELECT ON fault_bag.* TO 'fault_${t}'@'%'`,
      ...(t > 1 ? [`DROP TABLE IF EXISTS fault_bag.named_${t - 1}`] : []),
    ];
    for (const statement of statements) await this.#run(source, statement);
  }

  /** Some of everything. */
  async round(source: LabServer, transactions = 120): Promise<void> {
    await this.burst(source, transactions);
    await this.large(source);
    await this.burst(source, transactions);
    await this.ddl(source);
    await this.burst(source, transactions);
    await this.large(source);
    await this.ddl(source);
    await this.burst(source, transactions);
  }

  /** Writes until the signal, at most so many transactions a second; goes on after the source was away. */
  async write(
    source: LabServer,
    signal: AbortSignal,
    { ddl = false, perSecondMax = 400 } = {},
  ): Promise<void> {
    const startMs = performance.now();
    for (let done = 1; !signal.aborted; done += 1) {
      try {
        if (ddl && done % 150 === 0) await this.ddl(source);
        else if (ddl && done % 330 === 0) await this.large(source);
        else await this.step(source);
      } catch (error) {
        if (!(error instanceof TailraceError)) throw error;
        await sleep(awayPauseMs);
      }
      const aheadMs = (done * 1_000) / perSecondMax - (performance.now() - startMs);
      if (aheadMs > 5) await sleep(aheadMs);
    }
  }

  #next(count = 1): number {
    this.#sequence += count;
    return this.#worker * 1e8 + this.#sequence - count;
  }

  /** A hot row; the trigger adds to a table without a primary key. */
  #count(): string {
    const id = this.#random.below(counters);
    return `UPDATE fault_shop.counters SET n = n + 1 WHERE id = ${id};
      UPDATE fault_bag.tally SET n = n + 1 WHERE worker = ${this.#worker}`;
  }

  #open(): string {
    const rows = Array.from({ length: this.#random.between(1, 4) }, () => {
      const id = this.#next();
      return `('account-${id}@example', ${id}, ${id % 1000}, NULL)`;
    });
    return `INSERT INTO fault_shop.accounts (email, slot, balance, note) VALUES ${rows.join()};
      UPDATE fault_shop.accounts SET balance = balance + 1, note = 'paid' WHERE slot = ${this.#earlier()}`;
  }

  /** Three rows pass a unique value round. */
  #rotate(): string {
    const [a, b, c] = [this.#next(), this.#next(), this.#next()];
    const set = (email: number, slot: string): string =>
      `UPDATE fault_shop.accounts SET slot = ${slot} WHERE email = 'account-${email}@example'`;
    return `BEGIN;
      INSERT INTO fault_shop.accounts (email, slot) VALUES
        ('account-${a}@example', ${a}), ('account-${b}@example', ${b}), ('account-${c}@example', ${c});
      COMMIT; BEGIN;
      ${set(a, 'NULL')}; ${set(b, String(a))}; ${set(c, String(b))}; ${set(a, String(c))};
      COMMIT;
      DELETE FROM fault_shop.accounts WHERE slot = ${this.#earlier()}`;
  }

  /** Primary keys and unique values trade places, over the one that is free. */
  #move(): string {
    const base = this.#worker * 1e6;
    const [from, other] = [base + this.#random.below(5), base + this.#random.below(5)];
    const free = base + 900_000;
    return `BEGIN;
      UPDATE fault_shop.moves SET k = ${free}, n = n + 1 WHERE k = ${from};
      UPDATE fault_shop.moves SET k = ${from} WHERE k = ${other};
      UPDATE fault_shop.moves SET k = ${other} WHERE k = ${free};
      UPDATE fault_shop.moves SET v = ${free} WHERE v = ${other};
      UPDATE fault_shop.moves SET v = ${other}, n = n + 1 WHERE v = ${from};
      UPDATE fault_shop.moves SET v = ${from} WHERE v = ${free};
      COMMIT`;
  }

  /** Equal rows come and go. */
  #visit(): string {
    const page = this.#random.below(4);
    const row = `(${this.#worker}, ${page})`;
    const change = this.#random.chance(0.4)
      ? `DELETE FROM fault_bag.visits WHERE worker = ${this.#worker} AND page = ${this.#random.below(4)} LIMIT 1`
      : `UPDATE fault_bag.visits SET page = ${this.#random.below(4)} WHERE worker = ${this.#worker} AND page = ${page} LIMIT 1`;
    return `INSERT INTO fault_bag.visits VALUES ${row}, ${row}; ${change};
      INSERT INTO fault_bag.tickets (worker) VALUES (${this.#worker})`;
  }

  /** Parents, children and their children; rows go by the foreign keys' actions. */
  #tree(): string {
    const id = this.#next();
    const old = this.#earlier();
    return `BEGIN; INSERT INTO fault_tree.parents VALUES (${id}, 'p');
      INSERT INTO fault_tree.kin (parent) VALUES (${id}), (${id});
      INSERT INTO fault_tree.notes SELECT id, 'n' FROM fault_tree.kin WHERE parent = ${id};
      ${this.#random.chance(0.5) ? `INSERT INTO fault_tree.children (parent) VALUES (${id});` : ''} COMMIT;
      DELETE FROM fault_tree.kin WHERE parent = ${old} LIMIT 1;
      DELETE FROM fault_tree.parents WHERE id = ${old} AND id NOT IN (SELECT parent FROM fault_tree.children);
      UPDATE fault_tree.parents SET id = -id WHERE id = ${id} AND id NOT IN (SELECT parent FROM fault_tree.children)`;
  }

  /** A list in a document gets shorter by one, and a sum goes up: applied twice, both would be wrong. */
  #strict(): string {
    const w = this.#worker;
    return this.#random.chance(0.5)
      ? `SET SESSION binlog_row_value_options = 'PARTIAL_JSON';
         UPDATE fault_shop.docs SET doc = JSON_SET(JSON_REMOVE(doc, '$.list[0]'), '$.n', ${this.#next()}) WHERE id = ${w};
         SET SESSION binlog_row_value_options = '';
         UPDATE fault_shop.docs SET doc = JSON_ARRAY_APPEND(doc, '$.list', ${this.#next()}) WHERE id = ${w}`
      : `SET SESSION binlog_row_image = 'MINIMAL';
         UPDATE fault_shop.minimal SET a = a + 1 WHERE id = ${w};
         SET SESSION binlog_row_image = 'FULL';
         UPDATE fault_shop.minimal SET b = b + a WHERE id = ${w}`;
  }

  /** A row that comes and goes leaves nothing but a counter that has moved on. */
  #burn(): string {
    const id = this.#next();
    return `BEGIN; INSERT INTO fault_shop.accounts (email) VALUES ('account-${id}@example');
      DELETE FROM fault_shop.accounts WHERE email = 'account-${id}@example'; COMMIT`;
  }

  #fill(): string {
    const base = this.#next(30);
    const rows = Array.from({ length: 30 }, (_, i) => `(${base + i}, ${base + 29 - i}, 'row ${i}')`);
    return `INSERT INTO fault_shop.bulk VALUES ${rows.join()};
      UPDATE fault_shop.bulk SET pad = 'changed' WHERE id BETWEEN ${base - 40} AND ${base - 20};
      DELETE FROM fault_shop.bulk WHERE id BETWEEN ${base - 60} AND ${base - 50}`;
  }

  /** The number of something that was there before, most likely. */
  #earlier(): number {
    return this.#worker * 1e8 + this.#random.below(this.#sequence + 1);
  }

  /** False when others were in the way. A source that is away is waited for: what it did last may or may not be there. */
  async #run(source: LabServer, text: string): Promise<boolean> {
    this.#connection ??= await source.connect({ multipleStatements: true });
    try {
      await this.#connection.query(text);
      return true;
    } catch (error) {
      if (!(error instanceof ServerError)) {
        this.#connection.destroy();
        this.#connection = null;
        throw error;
      }
      if (!passingErrnos.has(error.errno)) throw error;
      await this.#connection.execute('ROLLBACK');
      return false;
    }
  }
}

import { createHash } from 'node:crypto';
import { TailraceError } from '../errors/tailrace-error.js';
import { quoteIdentifier, quoteString } from '../mysql/identifier.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';
import { statementError } from './failure/apply-failure.js';
import { runBatch } from './lane/statement-batch.js';

const accessDeniedErrnos = new Set([1044, 1142]);
const tableMissing = 1146;
const digestDigits = 12;

/**
 * Keeps FLUSH TABLES WITH READ LOCK out while an epoch is half visible: from before the first lane's commit until its GTIDs stand
 * in `gtid_executed`. A snapshot under that lock then holds whole epochs, and the GTIDs that belong to them.
 *
 * LOCK TABLES … WRITE holds the server's global intention lock, which that statement waits for; commits and
 * `SET GLOBAL gtid_purged` do not need it. What is locked is a view without tables, one a link: nothing reads it, whereas a
 * table would be read, and held for hours, by backups that read all tables in one transaction. Nor does it meet LOCK
 * INSTANCE FOR BACKUP. See docs/decisions/0020-snapshots-see-whole-epochs.md.
 */
export class SnapshotLock {
  readonly #connection: ServerConnection;
  readonly #view: string;
  #isHeld = false;
  #failure: unknown = null;

  /** `connection` must allow multiple statements; `prepare` must follow before the lock can be taken. */
  constructor(connection: ServerConnection, link: string) {
    this.#connection = connection;
    const digest = createHash('sha256').update(link).digest('hex').slice(0, digestDigits);
    this.#view = `\`tailrace\`.${quoteIdentifier(`snapshot_lock_${digest}`)}`;
  }

  /** A session that asks and changes nothing while the lock is not being taken: it can see what others wait for. */
  get connection(): ServerConnection {
    return this.#connection;
  }

  get threadId(): number {
    return this.#connection.threadId;
  }

  /** Creates what is missing, once the schema is there. Rejects with TR_PRIVILEGE_MISSING where the lock cannot be had. */
  async prepare(): Promise<void> {
    await this.#connection.execute('SET SESSION sql_log_bin=0');
    try {
      await this.#connection.execute(`LOCK TABLES ${this.#view} WRITE`);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      if (error.errno !== tableMissing) throw await this.#refused(error);
      await this.#create();
      return this.prepare();
    }
    await this.#connection.execute('UNLOCK TABLES');
  }

  /** Waits for the end of a FLUSH TABLES WITH READ LOCK, and keeps the next one out. */
  async take(): Promise<void> {
    if (this.#failure !== null) throw this.#failure as Error;
    await runBatch(this.#connection, [`LOCK TABLES ${this.#view} WRITE`], 1);
    this.#isHeld = true;
  }

  /** Runs a statement and gives the lock back, if it is held, in one write. */
  async release(statement: string): Promise<void> {
    const unlock = this.#isHeld ? ';UNLOCK TABLES' : '';
    this.#isHeld = false;
    await runBatch(this.#connection, [statement, unlock], unlock === '' ? 1 : 2);
  }

  /** Gives the lock back if it is held. Nobody waits for it: what goes wrong is thrown when the lock is taken next. */
  giveBack(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    runBatch(this.#connection, ['UNLOCK TABLES'], 1).catch((error: unknown) => (this.#failure = error));
  }

  async #create(): Promise<void> {
    try {
      await this.#connection.execute(`CREATE SQL SECURITY INVOKER VIEW ${this.#view} AS SELECT 1 AS held`);
    } catch (error) {
      throw error instanceof ServerError ? await this.#refused(error) : error;
    }
  }

  async #refused(error: ServerError): Promise<unknown> {
    if (!accessDeniedErrnos.has(error.errno))
      return statementError(error, 'the lock that keeps snapshots whole');
    const [row] = await this.#connection.query<{ account: string }>('SELECT CURRENT_USER() AS account');
    const [user = '', host = ''] = splitAccount(row?.account ?? '');
    return new TailraceError('TR_PRIVILEGE_MISSING', {
      what: "tailrace's user may not take the lock that keeps snapshots of the replica whole",
      why: `${error.sqlMessage} (error ${error.errno})`,
      cure: `On the replica: GRANT SELECT, CREATE VIEW, LOCK TABLES ON \`tailrace\`.* TO ${quoteString(user)}@${quoteString(host)};`,
    });
  }
}

/** A user's name may hold an @, a host's may not. */
function splitAccount(account: string): string[] {
  const at = account.lastIndexOf('@');
  return [account.slice(0, at), account.slice(at + 1)];
}

import type { LinkSettings } from '../link/link-settings.js';
import { quoteIdentifier } from '../mysql/identifier.js';
import { openConnection, type ServerConnection } from '../mysql/server-connection.js';

/**
 * A session for statements that stand alone, one after another. Behind each the server resets it, while its checkpoint is
 * written, so that the next one finds it as a login would have left it: nothing of a statement is left for another. The one thing
 * that a reset leaves is the default schema, and so the session is kept only for statements that have one.
 *
 * See docs/decisions/0021-what-a-statement-costs.md.
 */
export class KeptSession {
  readonly #replica: LinkSettings['replica'];
  /** Used by nobody, but perhaps being reset. */
  #kept: ServerConnection | null = null;
  /** The default schema that the kept session was left with. */
  #schema = '';
  #resetting: Promise<void> | null = null;

  constructor(replica: LinkSettings['replica']) {
    this.#replica = replica;
  }

  /**
   * A session that takes several statements in one text and is as new, but for its default schema, which is `schema`, or none. Give
   * it back behind a statement that left nothing open, or close it.
   */
  async take(schema: string): Promise<ServerConnection> {
    await this.#resetting;
    const kept = this.#kept;
    this.#kept = null;
    if (kept !== null) {
      if (kept.usable && (await this.#goesTo(kept, schema))) return kept;
      await kept.close();
    }
    return openConnection(this.#replica, { sessionLabel: 'statement', multipleStatements: true });
  }

  /** Takes back a session that was last used for `schema`. Nobody waits for its reset here. */
  giveBack(connection: ServerConnection, schema: string): void {
    this.#kept = connection;
    this.#schema = schema;
    this.#resetting = this.#reset(connection);
  }

  /** Ends the session that is kept, if there is one; never rejects. */
  async close(): Promise<void> {
    await this.#resetting;
    await this.#kept?.close();
    this.#kept = null;
  }

  /** Drops it at once. */
  destroy(): void {
    this.#kept?.destroy();
  }

  async #reset(connection: ServerConnection): Promise<void> {
    try {
      await connection.reset();
    } catch {
      // The server does not know how, or is gone: the next statement gets a new session.
      this.#kept = null;
      await connection.close();
    }
  }

  /** Whether the session can have this default schema, and no other. */
  async #goesTo(connection: ServerConnection, schema: string): Promise<boolean> {
    if (schema === this.#schema) return true;
    try {
      await connection.execute(`USE ${quoteIdentifier(schema)}`);
      return true;
    } catch {
      // It does not exist, and the session has the one before; or the session is gone.
      return false;
    }
  }
}

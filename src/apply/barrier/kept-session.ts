import type { ServerAddress } from '../../mysql/server-address.js';
import { quoteIdentifier } from '../../mysql/identifier.js';
import { openConnection, type ServerConnection } from '../../mysql/server-connection.js';

/** What decides whether a statement can have the session of the one before as it was left. */
export interface SessionUse {
  /** The default schema. */
  readonly schema: string;
  /** The names of all settings that the statement brings. */
  readonly settings: ReadonlySet<string>;
  /** It leaves nothing in a session but these settings. */
  readonly isPlain: boolean;
}

/**
 * A session for statements that stand alone, one after another. A plain statement leaves nothing in it but its settings, and the
 * next one may have it as it is if it brings a value for each of them; otherwise the server resets it first, behind which a session is as a login
 * would have left it. The one thing that a reset leaves is the default schema, and so the session is kept only for statements
 * that have one.
 *
 * See docs/decisions/0021-what-a-statement-costs.md.
 */
export class KeptSession {
  readonly #replica: ServerAddress;
  /** Used by nobody, but perhaps being reset. */
  #kept: ServerConnection | null = null;
  /** What the kept session was used for last. */
  #last: SessionUse | null = null;
  #resetting: Promise<void> | null = null;

  constructor(replica: ServerAddress) {
    this.#replica = replica;
  }

  /**
   * A session that takes several statements in one text and has nothing of the statements before that this one does not bring
   * itself. Give it back behind a statement that left nothing open, or close it.
   */
  async take(use: SessionUse): Promise<ServerConnection> {
    if (this.#last?.isPlain === true && !coversAll(use.settings, this.#last.settings)) this.#reset();
    await this.#resetting;
    const kept = this.#kept;
    this.#kept = null;
    if (kept !== null) {
      if (kept.usable && (await this.#goesTo(kept, use.schema))) return kept;
      await kept.close();
    }
    return openConnection(this.#replica, { sessionLabel: 'statement', multipleStatements: true });
  }

  /** Takes a session back. Nobody waits for its reset here. */
  giveBack(connection: ServerConnection, use: SessionUse): void {
    this.#kept = connection;
    this.#last = use;
    if (!use.isPlain) this.#reset();
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

  #reset(): void {
    const kept = this.#kept;
    if (kept === null) return;
    this.#resetting = kept.reset().catch(async () => {
      // The server does not know how, or is gone: the next statement gets a new session.
      this.#kept = null;
      await kept.close();
    });
  }

  /** Whether the session can have this default schema, and no other. */
  async #goesTo(connection: ServerConnection, schema: string): Promise<boolean> {
    if (schema === this.#last?.schema) return true;
    try {
      await connection.execute(`USE ${quoteIdentifier(schema)}`);
      return true;
    } catch {
      // It does not exist, and the session has the one before; or the session is gone.
      return false;
    }
  }
}

function coversAll(settings: ReadonlySet<string>, before: ReadonlySet<string>): boolean {
  for (const name of before) if (!settings.has(name)) return false;
  return true;
}

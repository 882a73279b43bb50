import { openConnection, type ServerConnection } from '../mysql/server-connection.js';
import { isMysqlAtLeast, type ServerVersion } from '../mysql/server-version.js';
import { readServerVersion } from '../mysql/server-facts.js';
import type { DigestForm } from './chunk-statements.js';
import { prepareReadSession } from './read-session.js';
import type { ServerPair } from './server-pair.js';
import type { VerifySettings } from './verify-settings.js';

/** All sessions of a comparison: one on each server for questions, and one on each for every worker. */
export class VerifySessions {
  readonly monitor: ServerPair;
  readonly workers: readonly ServerPair[];
  readonly versions: { readonly source: ServerVersion; readonly replica: ServerVersion };

  private constructor(
    monitor: ServerPair,
    workers: readonly ServerPair[],
    versions: { readonly source: ServerVersion; readonly replica: ServerVersion },
  ) {
    this.monitor = monitor;
    this.workers = workers;
    this.versions = versions;
  }

  /** Errors: TR_SERVER_UNREACHABLE, TR_SERVER_ACCESS_DENIED. */
  static async open(settings: VerifySettings): Promise<VerifySessions> {
    const opened: ServerConnection[] = [];
    const pairOf = async (label: string): Promise<ServerPair> => {
      const source = await openConnection(settings.source, { sessionLabel: label });
      opened.push(source);
      const replica = await openConnection(settings.replica, { sessionLabel: label });
      opened.push(replica);
      return { source, replica };
    };
    try {
      const monitor = await pairOf('verify');
      const source = await readServerVersion(monitor.source);
      const replica = await readServerVersion(monitor.replica);
      const workers: ServerPair[] = [];
      for (let i = 0; i < settings.parallel; i += 1) workers.push(await pairOf(`verify ${i}`));
      for (const pair of [monitor, ...workers]) {
        await prepareReadSession(pair.source, source);
        await prepareReadSession(pair.replica, replica);
      }
      return new VerifySessions(monitor, workers, { source, replica });
    } catch (error) {
      for (const connection of opened) connection.destroy();
      throw error;
    }
  }

  /** How each server adds up hashes. */
  get forms(): { readonly source: DigestForm; readonly replica: DigestForm } {
    const form = (version: ServerVersion): DigestForm => (isMysqlAtLeast(version, 8) ? 'binary' : 'numbers');
    return { source: form(this.versions.source), replica: form(this.versions.replica) };
  }

  /** Ends the statements under way: a server would otherwise run them to their end for nobody. */
  async interrupt(): Promise<void> {
    for (const { source, replica } of this.workers) {
      await this.monitor.source.execute(`KILL QUERY ${source.threadId}`).catch(() => undefined);
      await this.monitor.replica.execute(`KILL QUERY ${replica.threadId}`).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    const all = [this.monitor, ...this.workers].flatMap(({ source, replica }) => [source, replica]);
    await Promise.all(all.map((connection) => connection.close()));
  }
}

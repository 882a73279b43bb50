import { GtidSet } from '../gtid/gtid-set.js';
import { quoteString } from '../mysql/identifier.js';
import type { ServerConnection } from '../mysql/server-connection.js';

/**
 * Tells the replica which GTIDs it has although they were not committed under their own names, so that `gtid_executed` is
 * true. Only sets whose epoch has been committed by every lane are ever given here.
 */
export class GtidAdoption {
  readonly #connection: ServerConnection;
  #last: Promise<void> = Promise.resolve();

  constructor(connection: ServerConnection) {
    this.#connection = connection;
  }

  /** Adopts `gtids` behind what is being adopted; `settled` tells the outcome. */
  adopt(gtids: GtidSet): void {
    const before = this.#last;
    this.#last = before.then(async () => {
      await this.#connection.execute(`SET GLOBAL gtid_purged=${quoteString(`+${gtids.toString()}`)}`);
    });
    // The outcome is asked for by `settled`; until then a rejection is not lost, only unheard.
    this.#last.catch(() => undefined);
  }

  /** Waits until all that was given has been adopted. */
  settled(): Promise<void> {
    return this.#last;
  }

  /** What the replica has, and so what it must not be given again. */
  async executed(): Promise<GtidSet> {
    const rows = await this.#connection.query<{ gtids: string }>('SELECT @@GLOBAL.gtid_executed AS gtids');
    return GtidSet.parse(rows[0]?.gtids ?? '');
  }
}

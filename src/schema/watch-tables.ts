import type { Logger } from 'pino';
import type { TraitsCache } from './traits-cache.js';

/** Somebody may roll out a column on the replica while the link runs: its tables are then read again before the next epoch. */
export async function watchTables(traits: TraitsCache, log: Logger): Promise<void> {
  try {
    if (await traits.watch()) log.debug('tables of the replica may have changed: they are read again');
  } catch (error) {
    // A replica that is gone is noticed by what is being applied.
    log.debug({ error: (error as Error).message }, 'the replica did not tell whether tables changed');
  }
}

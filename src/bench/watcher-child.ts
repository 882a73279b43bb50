/**
 * The process that watches when a replica shows what the source committed. Not the bench's own: a turn of the event loop that
 * the writers take would be counted as a replica's delay. Ends with its parent.
 */
import { openConnection } from '../mysql/server-connection.js';
import type { ServerAddress } from '../mysql/server-address.js';
import { MarkerWatcher } from './marker-watcher.js';
import type { FromWatcherChild, ToWatcherChild } from './watcher-messages.js';

let gaveUp = false;

process.on('disconnect', () => process.exit(1));
process.on('message', (message: ToWatcherChild) => {
  if (message.kind === 'give-up') gaveUp = true;
  else void watch(message.replica, message.count);
});

async function watch(replica: ServerAddress, count: number): Promise<void> {
  try {
    const connection = await openConnection(replica, { sessionLabel: 'bench watcher' });
    send({ kind: 'watching' });
    const seen = await new MarkerWatcher(connection).watch(count, () => gaveUp);
    await connection.close();
    send({ kind: 'seen', seenMs: seen.map((ms) => (Number.isNaN(ms) ? null : ms)) });
  } catch (error) {
    send({ kind: 'failed', text: String((error as Error).message) });
  }
}

function send(message: FromWatcherChild): void {
  process.send?.(message, () => {
    if (message.kind !== 'watching') process.disconnect();
  });
}

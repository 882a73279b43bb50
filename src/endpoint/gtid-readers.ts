import { gtidReaderDefaults, GtidReaderServer } from '../server/gtid-reader-server.js';
import type { HintsFeed } from '../server/hints-feed.js';
import type { EndpointSettings } from './endpoint-settings.js';

/** The GTID reader of each replica that has one, by the name of its link. Throws `TR_LISTEN_OPEN`. */
export function gtidReaders(
  feed: HintsFeed,
  settings: Pick<EndpointSettings, 'replicas' | 'openProtocols'>,
): ReadonlyMap<string, GtidReaderServer> {
  const readers = new Map<string, GtidReaderServer>();
  for (const [name, { gtidReader }] of settings.replicas) {
    if (gtidReader === null) continue;
    const isOpen = settings.openProtocols;
    readers.set(name, new GtidReaderServer(feed, name, { ...gtidReaderDefaults, ...gtidReader, isOpen }));
  }
  return readers;
}

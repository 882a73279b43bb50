import { connect as connectTo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { GtidSet } from '../../src/gtid/gtid-set.js';
import {
  gtidReaderDefaults,
  GtidReaderServer,
  type GtidReaderSettings,
} from '../../src/server/gtid-reader-server.js';
import { gtidReaderGreeting, gtidReaderLines } from '../../src/server/gtid-reader-lines.js';
import { HandFeed } from '../support/fed-server.js';
import { GtidReaderClient } from '../support/gtid-reader-client.js';
import { executed, replica, sid } from '../support/hint-inputs.js';
import { waitFor } from '../support/wait-for.js';

let feed: HandFeed;
let server: GtidReaderServer;
const clients: GtidReaderClient[] = [];

async function start(settings: Partial<GtidReaderSettings> = {}): Promise<void> {
  server = new GtidReaderServer(feed, 'r', { ...gtidReaderDefaults, ...settings });
  await server.listen();
}

beforeEach(() => {
  feed = new HandFeed();
});
afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  await server.close();
});

/** The other replica is further, and must never be taken for this one. */
function has(gtids: GtidSet | null): void {
  const other = replica('other', { gtidExecuted: executed(1_000_000) });
  feed.decide(1, [other, replica('r', { gtidExecuted: gtids })]);
}

function connect(): GtidReaderClient {
  const client = new GtidReaderClient(server.port);
  clients.push(client);
  return client;
}

async function knows(client: GtidReaderClient, gtids: string): Promise<void> {
  await waitFor(() => client.executed === gtids || client.ended || client.failure !== null, { what: gtids });
  expect({ executed: client.executed, ended: client.ended, failure: client.failure }).toEqual({
    executed: gtids,
    ended: false,
    failure: null,
  });
}

const ends = (client: GtidReaderClient): Promise<void> => waitFor(() => client.ended, { what: 'the end' });

describe('ProxySQL GTID reader', () => {
  test('tells what is applied on this replica, and then what comes, to all readers', async () => {
    has(executed(5));
    await start();
    const first = connect();
    await knows(first, `${sid}:1-5`);
    has(executed(6));
    await knows(first, `${sid}:1-6`);
    has(GtidSet.parse(`${sid}:1-20000:30000:batch:1-9`));
    const second = connect();
    for (const one of [first, second]) await knows(one, `${sid}:1-20000:30000`);
    has(GtidSet.parse(`${sid}:1-20000:30000:batch:1-10`));
    has(GtidSet.parse(`${sid}:1-30000:batch:1-10`));
    for (const one of [first, second]) await knows(one, `${sid}:1-30000`);
    expect(server.readers).toBe(2);
  });

  test('while it is not known what is applied nobody is let in, and who was in is sent away [P27]', async () => {
    await start();
    const early = connect();
    await ends(early);
    has(null);
    const unknown = connect();
    await ends(unknown);
    has(executed(5));
    const client = connect();
    await knows(client, `${sid}:1-5`);
    has(null);
    await ends(client);
    expect([early, unknown].map(({ lines }) => lines.lines)).toEqual([0, 0]);
  });

  test('a replica that lacks what was reported is another one: its readers have to begin again [P27]', async () => {
    has(executed(500));
    await start();
    const before = connect();
    await knows(before, `${sid}:1-500`);
    has(executed(400));
    await ends(before);
    await knows(connect(), `${sid}:1-400`);
  });

  test.each([
    ['more than the limit waits for it', { backlogBytesMax: 64 * 1_024 }],
    // Much longer than the good one needs for what it is told.
    ['it has taken nothing for too long', { stalledMsMax: 5_000 }],
  ])('a reader that takes nothing is cut off when %s, and others are not [P27]', async (_title, limits) => {
    // Every second transaction is an interval of its own: a greeting of more bytes than the buffers of two sockets hold.
    const gtids = new GtidSet();
    for (let gno = 1; gno < 600_000; gno += 2) gtids.add(sid, gno);
    has(gtids.clone());
    await start({ greetingBytesMax: 2 ** 30, stalledMsMax: 600_000, ...limits });
    const slow = connectTo(server.port, '127.0.0.1');
    const good = connectTo(server.port, '127.0.0.1');
    let taken = 0;
    good.on('data', (bytes) => (taken += bytes.length));
    const greetingBytes = gtidReaderGreeting(gtids).length;
    await waitFor(() => taken === greetingBytes, { what: 'the greeting' });
    const more = new GtidSet();
    for (let gno = 700_001; gno < 720_000; gno += 2) more.add(sid, gno);
    has(gtids.union(more));
    const toldBytes = greetingBytes + gtidReaderLines(more).length;
    await waitFor(() => taken === toldBytes, { what: 'the good reader' });
    await waitFor(() => server.readers === 1, { what: 'the end of the slow one' });
    expect(good.closed).toBe(false);
    for (const socket of [slow, good]) socket.destroy();
  });

  test('a client that sends anything is not one of ours; more than the limit are turned away [P27]', async () => {
    has(executed(5));
    await start({ connectionsMax: 2 });
    const good = connect();
    await knows(good, `${sid}:1-5`);
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\0', 'ST=x\n'.repeat(100_000)]) {
      const hostile = connect();
      hostile.socket.write(bytes);
      await ends(hostile);
    }
    const last = connect();
    await knows(last, `${sid}:1-5`);
    const tooMany = connect();
    await ends(tooMany);
    expect(tooMany.lines.lines).toBe(0);
    await knows(good, `${sid}:1-5`);
  });

  test('a set that is too long to tell is not told', async () => {
    has(executed(5));
    await start({ greetingBytesMax: 64 });
    await knows(connect(), `${sid}:1-5`);
    has(GtidSet.parse(`${sid}:1-5:7-9:11-13`));
    const client = connect();
    await ends(client);
    expect(client.lines.lines).toBe(0);
  });

  test('other machines may listen only where that is said', async () => {
    await start();
    const open = { ...gtidReaderDefaults, host: '0.0.0.0' };
    expect(() => new GtidReaderServer(feed, 'r', open)).toThrow(/TR_LISTEN_OPEN/);
    expect(() => new GtidReaderServer(feed, 'r', { ...open, isOpen: true })).not.toThrow();
  });
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ReplicaInputs } from '../../src/hints/hint-inputs.js';
import { FedServer } from '../support/fed-server.js';
import { behind, inputs, replica } from '../support/hint-inputs.js';

let fed: FedServer;
beforeEach(async () => {
  fed = await FedServer.start({ throttleAboveMs: 1_000 });
});
afterEach(() => fed.close());

const ordered = (id: string, seconds: number): ReplicaInputs =>
  behind(id, seconds, { admin: { order: 'drain', untilMs: 1e12, note: '' } });
const fleet = [behind('good', 0.5), behind('slow', 8), ordered('drained', 90), behind('blind', null)];

describe('checks for clients of freno', () => {
  const cases: readonly [path: string, status: number, told: Record<string, unknown>][] = [
    ['/check/archive/mysql/good', 200, { StatusCode: 200, Value: 0.5, Threshold: 1, Message: '' }],
    ['/check/archive/mysql/slow', 429, { Value: 8, Message: 'slow is 8 s behind, more than 1 s' }],
    ['/check/archive/mysql/all', 429, { Value: 8 }],
    ['/check/archive/mysql/source', 429, { Value: 8 }],
    ['/check/archive/mysql/blind', 500, { Value: null, Message: 'its lag is unknown' }],
    ['/check/archive/mysql/nobody', 404, { Value: null, Message: 'there is no store "mysql/nobody"' }],
    ['/check/archive/redis/good', 404, { StatusCode: 404 }],
    ['/check-read/app/mysql/good/0.6', 200, { Value: 0.5, Threshold: 0.6 }],
    ['/check-read/app/mysql/good/0.4', 429, { Value: 0.5, Threshold: 0.4 }],
    ['/check-read/app/mysql/all/10', 200, { Value: 8 }],
    ['/check-read/app/mysql/drained/100', 429, { Value: 90, StatusCode: 429 }],
    ['/check-read/app/mysql/good/soon', 400, { code: 'TR_REQUEST_INVALID' }],
    ['/check-read/app/mysql/good', 404, { code: 'TR_REQUEST_INVALID' }],
    ['/check/archive/mysql/good/1', 404, { code: 'TR_REQUEST_INVALID' }],
    ['/check/archive/mysql', 404, { code: 'TR_REQUEST_INVALID' }],
    ['/check/archive/mysql/%zz', 400, { code: 'TR_REQUEST_INVALID' }],
    ['/check/archive/mysql/good?priority=low', 400, { what: 'There is no parameter "priority".' }],
  ];

  test.each(cases)('%s gives %d', async (path, status, told) => {
    fed.feed.decide(0, fleet);
    expect(await fed.ask(path)).toMatchObject({ status, body: told });
    const head = await fed.fetch(path, { method: 'HEAD' });
    expect(head.status).toBe(status);
    expect(await head.text()).toBe('');
  });

  test('an intended delay holds up readers, not writers; the age of the hints counts for both', async () => {
    fed.feed.decide(0, [replica('late', { lagMicros: 200_000, delayMicros: 60e6 })]);
    expect(await fed.ask('/check/a/mysql/late')).toMatchObject({ status: 200, body: { Value: 0.2 } });
    expect(await fed.ask('/check-read/a/mysql/late/60')).toMatchObject({
      status: 429,
      body: { Value: 60.2 },
    });
    fed.feed.decider.nowMs += 900;
    expect(await fed.ask('/check/a/mysql/late')).toMatchObject({ status: 429, body: { Value: 1.1 } });
    fed.feed.decider.nowMs += 10_000;
    expect(await fed.ask('/check/a/mysql/late')).toMatchObject({ status: 500, body: { Value: null } });
  });

  test('nobody writes before anything is decided, while the source is down, or when all replicas are far behind', async () => {
    expect((await fed.ask('/check/a/mysql/all')).status).toBe(500);
    fed.feed.decide(0, [behind('x', 90, { reachable: false }), behind('y', 80, { reachable: false })]);
    expect(await fed.ask('/check/a/mysql/all')).toMatchObject({ status: 429, body: { Value: 90 } });
    const down = { source: { id: 'source', reachable: false, writable: null } };
    fed.feed.decideAll(0, inputs([replica('good')], down));
    expect(await fed.ask('/check/a/mysql/all')).toMatchObject({ status: 500 });
    expect((await fed.ask('/check-read/a/mysql/all/1')).status).toBe(200);
  });

  test('who can wait does while others have been told to, for a second', async () => {
    fed.feed.decide(0, [behind('r', 8)]);
    expect((await fed.ask('/check/a/mysql/all')).status).toBe(429);
    fed.feed.decide(10, [replica('r')]);
    expect((await fed.ask('/check/b/mysql/all?p=low')).status).toBe(417);
    expect((await fed.ask('/check/b/mysql/source?p=low')).status).toBe(417);
    expect((await fed.ask('/check/b/mysql/all')).status).toBe(200);
    fed.feed.decide(1_000, [replica('r')]);
    expect((await fed.ask('/check/b/mysql/all?p=low')).status).toBe(200);
  });
});

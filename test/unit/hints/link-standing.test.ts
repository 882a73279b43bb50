import { describe, expect, test } from '@jest/globals';
import { statusText } from '../../../src/cli/status-text.js';
import { TailraceError } from '../../../src/errors/tailrace-error.js';
import { hintsFromJson, hintsToJson } from '../../../src/hints/hints-json.js';
import { type LinkStanding, standingWords } from '../../../src/hints/link-standing.js';
import { LinkActivity } from '../../../src/link/link-activity.js';
import { behind, Decider, replica } from '../../support/hint-inputs.js';

const trouble = {
  code: 'TR_STATEMENT_FAILED',
  what: 'CREATE TABLE failed',
  why: 'it exists',
  cure: 'drop it',
};
const link = (state: LinkStanding['state'], given: Partial<LinkStanding> = {}): LinkStanding => ({
  state,
  sinceMs: 500,
  trouble: state === 'failed' || state === 'retrying' ? trouble : null,
  retryAtMs: null,
  ...given,
});

describe('a replica whose link has failed', () => {
  test('is no longer serving at once, however small its lag was, and falls as its lag grows [P44]', () => {
    const decider = new Decider();
    decider.during(1_000, [replica('a', { link: link('running') }), replica('b')]);
    expect(decider.of('a').state).toBe('serving');
    decider.after(1, [behind('a', 0.1, { link: link('failed') }), replica('b')]);
    expect(decider.of('a')).toMatchObject({
      state: 'degraded',
      reason: 'the link has stopped (TR_STATEMENT_FAILED); 100 ms behind',
      link: link('failed'),
    });
    expect(decider.hints.summary).toBe(
      '1 of 2 replicas serves, 1 is degraded; 1 link has stopped; the source is up',
    );
    decider.during(2_000, [behind('a', 31, { link: link('failed') }), replica('b')]);
    expect(decider.of('a')).toMatchObject({
      state: 'ejected',
      reason: 'the link has stopped (TR_STATEMENT_FAILED); 31 s behind; comes back below 10 s',
    });
  });

  test('counts by its bound where its lag is unknown, and is unknown without one', () => {
    const decider = new Decider();
    const lost = { lagMicros: null, lagReason: 'lag unknown: the connection to the source is lost' };
    const given = { ...lost, link: link('failed') };
    decider.after(1, [
      replica('a', { ...given, lagAtMostMicros: 3e6 }),
      replica('b', { ...given, lagAtMostMicros: null }),
      replica('c'),
    ]);
    expect(decider.of('a')).toMatchObject({ state: 'degraded', lagMicros: null });
    expect(decider.of('a').reason).toMatch(
      /^the link has stopped \(TR_STATEMENT_FAILED\); the data is at most 3 s old/,
    );
    expect(decider.of('b').state).toBe('unknown');
    expect(decider.of('b').reason).toMatch(/^the link has stopped .*the age of its data is unknown/);
  });

  test('is kept by the floor, unless its data is known to be wrong', () => {
    const decider = new Decider();
    const far = behind('a', 100, { link: link('failed') });
    decider.during(3_000, [far]);
    expect(decider.of('a').state).toBe('degraded');
    expect(decider.of('a').reason).toMatch(
      /^the link has stopped .*; kept at reduced weight because no other/,
    );
    decider.after(1, [{ ...far, fault: 'its data differs from the source' }]);
    expect(decider.of('a')).toMatchObject({
      state: 'ejected',
      reason: 'its data differs from the source; the link has stopped (TR_STATEMENT_FAILED)',
    });
  });

  test('comes back when its link goes on', () => {
    const decider = new Decider();
    decider.during(1_000, [replica('a', { link: link('failed') }), replica('b')]);
    decider.during(6_000, [replica('a', { link: link('running') }), replica('b')]);
    expect(decider.of('a')).toMatchObject({ state: 'serving', reason: 'caught up' });
  });
});

test('a link that waits until somebody mends it counts as one that has stopped; a standby does not', () => {
  const decider = new Decider();
  const waiting = link('waiting', { trouble, retryAtMs: 9_000 });
  decider.during(1_000, [replica('a', { link: link('running') }), replica('b')]);
  decider.after(1, [replica('a', { link: waiting }), replica('b')]);
  expect(decider.of('a')).toMatchObject({
    state: 'degraded',
    reason: 'the link has stopped until somebody fixes this (TR_STATEMENT_FAILED); caught up',
  });
  expect(decider.hints.summary).toContain('1 link has stopped');
  const standby = link('waiting', { trouble: { ...trouble, code: 'TR_LINK_LOCKED' } });
  decider.during(6_000, [replica('a', { link: standby }), replica('b')]);
  expect(decider.of('a').state).toBe('serving');
  const activity = new LinkActivity({ lanes: 1, hotKeys: false });
  activity.interrupted(new TailraceError('TR_STATEMENT_FAILED', { what: 'it failed' }), 30_000);
  expect(activity.standing.state).toBe('waiting');
});

test('a link that is tried again is told beside the lag, which decides', () => {
  const decider = new Decider();
  decider.after(1, [replica('a', { link: link('retrying', { retryAtMs: 9_000 }) })]);
  expect(decider.of('a')).toMatchObject({
    state: 'serving',
    reason: 'caught up; the link is interrupted and is retried (TR_STATEMENT_FAILED)',
  });
});

test('hints say over the wire where a link stands; those of a daemon that does not tell are read', () => {
  const decider = new Decider();
  decider.after(1, [
    replica('a', { link: link('failed') }),
    replica('b', { link: link('retrying', { retryAtMs: 9_000 }) }),
    replica('c'),
  ]);
  const json = JSON.parse(JSON.stringify(hintsToJson(decider.hints))) as { replicas: { link?: unknown }[] };
  expect(json.replicas[0]?.link).toEqual({ state: 'failed', since_ms: 500, ...trouble, retry_at_ms: null });
  expect(hintsFromJson(json)).toEqual(decider.hints);
  for (const one of json.replicas) delete one.link;
  expect(hintsFromJson(json).replicas.map((one) => one.link)).toEqual([null, null, null]);
});

describe('what a link tells of where it stands', () => {
  test('an error that is tried again keeps the time of the first one, until it goes on', () => {
    let now = 1_000;
    let told = 0;
    const activity = new LinkActivity(
      { lanes: 1, hotKeys: false },
      () => void (told += 1),
      () => now,
    );
    expect(activity.standing).toEqual({ state: 'starting', sinceMs: 1_000, trouble: null, retryAtMs: null });
    const lost = new TailraceError('TR_SERVER_LOST', { what: 'db2 is gone' });
    now = 2_000;
    activity.interrupted(lost, 400);
    now = 3_000;
    activity.interrupted(lost, 800);
    expect(activity.standing).toMatchObject({ state: 'retrying', sinceMs: 2_000, retryAtMs: 3_800 });
    expect(standingWords(activity.standing)).toBe('the link is interrupted and is retried (TR_SERVER_LOST)');
    activity.triesAgain();
    expect(activity.standing).toMatchObject({ state: 'retrying', retryAtMs: null });
    activity.goesOn();
    expect(activity.standing).toMatchObject({ state: 'running', sinceMs: 3_000, trouble: null });
    activity.failed(lost);
    expect(activity.trouble).toBe('TR_SERVER_LOST: db2 is gone');
    expect(told).toBe(4);
  });

  test('neither passwords nor rows are shown, nor texts without end [P44]', () => {
    const activity = new LinkActivity({ lanes: 1, hotKeys: false });
    activity.failed(
      new TailraceError('TR_APPLY_FAILED', { what: 'mysql://u:s3cret@db', why: 'x'.repeat(5_000) }),
    );
    const { trouble: told } = activity.standing;
    expect(told?.what).toBe('mysql://u:***@db');
    expect(told?.why?.length).toBeLessThan(1_100);
    activity.failed(new TailraceError('TR_APPLY_CONFLICT', { what: 'differs', why: 'salary=90000' }));
    expect(JSON.stringify(activity.standing)).not.toContain('90000');
    activity.failed(new Error('a defect'));
    expect(activity.standing.trouble).toMatchObject({ code: 'TR_INTERNAL', what: 'a defect' });
  });
});

test('status shows what stopped a link, since when, and the cure; and steers no terminal', () => {
  const decider = new Decider();
  const bad = { ...trouble, what: 'table \u001b[2J\u009b31m\u202e failed' };
  decider.after(1, [
    replica('a', { link: link('failed', { trouble: bad }) }),
    replica('b', { link: link('retrying', { retryAtMs: 4_001 }) }),
  ]);
  const text = statusText(decider.hints, 2_001);
  expect(text).toContain(
    'The link to a has stopped; it needs you; since 1970-01-01T00:00:00.500Z (1.5 s ago).',
  );
  expect(text).toContain('  TR_STATEMENT_FAILED: table \\u001b[2J\\u009b31m\\u202e failed');
  expect(text).toContain('  why:  it exists\n  cure: drop it');
  expect(text).toContain('The link to b is interrupted, and will be retried in 2 s; since');
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});

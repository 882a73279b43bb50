import { describe, expect, test } from '@jest/globals';
import { GtidSet } from '../../../src/gtid/gtid-set.js';
import { Circuit } from '../../../src/pool/circuit.js';
import { EventStreamParser } from '../../../src/pool/event-stream-parser.js';
import { HintsMemory } from '../../../src/pool/hints-memory.js';
import { pickCandidate } from '../../../src/pool/pick-candidate.js';
import { SourceBudget } from '../../../src/pool/source-budget.js';
import { SourceHistory } from '../../../src/pool/source-history.js';
import { WaitRoom } from '../../../src/pool/wait-room.js';
import { Decider, executed, inputs, replica } from '../../support/hint-inputs.js';

describe('a circuit', () => {
  const settings = { openMsMin: 100, openMsMax: 1_000, forgetMs: 5_000 };

  test('opens with the first failure, and closes when the server has answered', () => {
    const circuit = new Circuit(settings);
    expect(circuit.isOpen).toBe(false);
    expect(circuit.fail('refused', 0)).toBe(true);
    expect(circuit.fail('refused again', 10)).toBe(false);
    expect(circuit).toMatchObject({ isOpen: true, reason: 'refused again' });
    expect(circuit.succeed(100)).toBe(true);
    expect(circuit.succeed(101)).toBe(false);
    expect(circuit).toMatchObject({ isOpen: false, reason: null });
  });

  test('waits longer with each failure in a row, within bounds, and forgets after a quiet time', () => {
    const circuit = new Circuit(settings);
    const waits = [0, 1, 2, 3, 4, 5].map((at) => {
      circuit.fail('x', at);
      return circuit.trialInMs(0.5);
    });
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    circuit.succeed(10);
    circuit.fail('x', 20);
    expect(circuit.trialInMs(0.5)).toBe(1_000);
    circuit.succeed(30);
    circuit.fail('x', 5_030);
    expect(circuit.trialInMs(0.5)).toBe(100);
    expect([circuit.trialInMs(0), circuit.trialInMs(1)]).toEqual([75, 125]);
  });
});

describe('picking', () => {
  test('prefers the one with less under way for its weight', () => {
    const slow = { id: 'slow', weight: 100, inFlight: 9 };
    const quick = { id: 'quick', weight: 100, inFlight: 0 };
    for (const random of [0, 0.3, 0.7, 0.999]) expect(pickCandidate([slow, quick], () => random)).toBe(quick);
    const heavy = { id: 'heavy', weight: 1_000, inFlight: 9 };
    expect(pickCandidate([heavy, { ...quick, inFlight: 2 }], () => 0)).toBe(heavy);
  });

  test('a light one has its share also while nothing is under way', () => {
    const nodes = [10, 90].map((weight) => ({ weight, inFlight: 0 }));
    const picks = Array.from({ length: 100 }, (_, at) => pickCandidate(nodes, () => at / 100));
    expect(picks.filter((one) => one === nodes[0])).toHaveLength(10);
  });

  test('one is one, and none is none', () => {
    const one = { weight: 1, inFlight: 0 };
    expect(pickCandidate([one], () => 0.5)).toBe(one);
    expect(pickCandidate([], () => 0.5)).toBeNull();
  });
});

describe('the budget of the source', () => {
  test('so many at a time, and no more', () => {
    const budget = new SourceBudget({ shareMax: 1, inFlightMax: 2 });
    budget.take();
    expect(budget.refusal(0)).toBeNull();
    budget.take();
    expect(budget.refusal(0)).toMatch(/2 such reads already/);
    budget.giveBack();
    expect(budget.refusal(0)).toBeNull();
  });

  test('an application that reads seldom is served', () => {
    const budget = new SourceBudget({ shareMax: 0, inFlightMax: 10 });
    const served = (nowMs: number): boolean => {
      budget.read(false);
      if (budget.refusal(nowMs) !== null) return false;
      budget.take();
      budget.giveBack();
      return true;
    };
    let passed = 0;
    while (served(0)) passed += 1;
    expect(passed).toBe(32);
    expect(served(10)).toBe(false);
    expect(served(1_000)).toBe(true);
  });
});

describe('hints from several daemons', () => {
  const decider = new Decider();
  const decided = (ms: number, given = inputs([replica('r')])) => decider.after(ms, given);
  const older = decided(0);
  const newer = decided(10, inputs([replica('r', { reachable: false })]));
  const failedOver = decided(10, inputs([replica('r')], { epoch: 2 }));

  test('of one daemon, what is older is refused, and so is what is about an older source, whoever says it', () => {
    const memory = new HintsMemory(1_000);
    expect(memory.offer({ hints: newer, from: 'a', decidedMs: 10 }, 10)).toBe(true);
    expect(memory.offer({ hints: older, from: 'a', decidedMs: 20 }, 20)).toBe(false);
    expect(memory.offer({ hints: failedOver, from: 'b', decidedMs: 5 }, 20)).toBe(true);
    expect(memory.offer({ hints: newer, from: 'a', decidedMs: 5_000 }, 5_000)).toBe(false);
    expect(memory.current?.hints).toBe(failedOver);
  });

  test('of two daemons, what was decided later; a confirmation makes hints young again', () => {
    const memory = new HintsMemory(1_000);
    memory.offer({ hints: newer, from: 'a', decidedMs: 10 }, 10);
    expect(memory.offer({ hints: older, from: 'b', decidedMs: 5 }, 10)).toBe(false);
    expect(memory.offer({ hints: older, from: 'b', decidedMs: 11 }, 11)).toBe(true);
    expect(memory.young(1_012)).toBeNull();
    memory.confirm('a', older.version, 1_000);
    expect(memory.young(1_012)).toBeNull();
    memory.confirm('b', older.version, 1_000);
    expect(memory.young(1_012)?.hints).toBe(older);
  });

  test('a daemon whose clock was put back is heard again once what it said is stale', () => {
    const memory = new HintsMemory(1_000);
    memory.offer({ hints: newer, from: 'a', decidedMs: 0 }, 0);
    expect(memory.offer({ hints: older, from: 'a', decidedMs: 500 }, 500)).toBe(false);
    expect(memory.offer({ hints: older, from: 'a', decidedMs: 1_500 }, 1_500)).toBe(true);
  });
});

describe('the history of the source', () => {
  test('data is as old as the newest state that it holds; unknown beyond memory', () => {
    const history = new SourceHistory();
    expect(history.ageOf(executed(5), 0)).toBeNull();
    history.note(executed(5), 0);
    history.note(executed(5), 1_000);
    history.note(executed(9), 2_000);
    expect(history.ageOf(executed(9), 2_500)).toBe(500);
    expect(history.ageOf(executed(7), 2_500)).toBe(1_500);
    expect(history.ageOf(executed(4), 2_500)).toBeNull();
    expect(history.ageOf(GtidSet.parse(''), 2_500)).toBeNull();
  });

  test('a source that has less than before is another one', () => {
    const history = new SourceHistory();
    history.note(executed(9), 0);
    history.note(executed(2), 1_000);
    expect(history.ageOf(executed(2), 1_000)).toBe(0);
    history.note(executed(3), 2_000);
    expect(history.ageOf(executed(2), 2_000)).toBe(1_000);
  });
});

describe('server-sent events', () => {
  test('names, ids, data of several lines, comments, and all three line ends', () => {
    const parser = new EventStreamParser(1_000);
    const events = parser.push(
      Buffer.from(
        'retry: 1\n\nid: 1-2\nevent: hints\ndata: a\ndata:b\n\n: x\r\ndata: c\r\n\r\ndata: d\r\rid: 3',
      ),
    );
    expect(events).toEqual([
      { event: 'hints', data: 'a\nb', id: '1-2' },
      { event: 'message', data: 'c', id: '1-2' },
      { event: 'message', data: 'd', id: '1-2' },
    ]);
  });

  test('an event without an end is refused before it fills the memory', () => {
    const parser = new EventStreamParser(1_000);
    parser.push(Buffer.from(`data: ${'x'.repeat(900)}\n`));
    expect(() => parser.push(Buffer.from(`data: ${'x'.repeat(200)}`))).toThrow(RangeError);
  });
});

describe('waiting for a connection', () => {
  test('first come, first woken; no more than may; those who give up are gone', async () => {
    const room = new WaitRoom(3);
    const order: number[] = [];
    const gone = new AbortController();
    const waits = [1, 2].map((at) => room.wait(60_000, null).then(() => order.push(at)));
    const third = room.wait(60_000, gone.signal);
    expect(() => room.wait(1, null)).toThrow('TR_POOL_FULL');
    gone.abort(new Error('no more'));
    await expect(third).rejects.toThrow('no more');
    expect(room.waiting).toBe(2);
    room.wakeSome();
    await Promise.all(waits);
    expect(order).toEqual([1, 2]);
    room.close();
  });
});

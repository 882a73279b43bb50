import { describe, expect, test } from '@jest/globals';
import { hintsFromJson, hintsToJson } from '../../../src/hints/hints-json.js';
import { fitReplica } from '../../../src/hints/route.js';
import { LagMeter } from '../../../src/lag/lag-meter.js';
import { Decider, replica } from '../../support/hint-inputs.js';

const second = 1e6;
/** The source's clock, which is the local one. */
function meterAt(nowMicros: number): LagMeter {
  const meter = new LagMeter(nowMicros);
  meter.clockSample(nowMicros, nowMicros, nowMicros);
  return meter;
}

describe('the age of data against the server on which it was committed first', () => {
  test('is the lag where the source is nobody’s replica', () => {
    const meter = meterAt(0);
    meter.upstream(0, 0);
    meter.received(second, second, 10);
    expect(meter.read(3 * second)).toMatchObject({ lagMicros: 2 * second, originLagMicros: 2 * second });
    meter.applied(3 * second, 1, 10, second);
    meter.heard(3 * second, true);
    expect(meter.read(3 * second)).toMatchObject({ lagMicros: 0, originLagMicros: 0 });
    expect(meter.read(3 * second).reason).toBe('caught up: nothing waits');
  });

  test('counts what waits from its first commit, and what the source has not passed on as the source tells', () => {
    const meter = meterAt(20 * second);
    meter.upstream(20 * second, 15 * second);
    meter.received(20 * second, 20 * second, 10, 5 * second);
    expect(meter.read(21 * second)).toMatchObject({ lagMicros: second, originLagMicros: 16 * second });
    meter.applied(21 * second, 1, 10, 20 * second, 5 * second);
    meter.heard(21 * second, true);
    const level = meter.read(21 * second);
    // It told a second ago, and may have fallen back by that since.
    expect(level).toMatchObject({ lagMicros: 0, basis: 'level', originLagMicros: 16 * second });
    expect(level.originAtMostMicros).toBeGreaterThanOrEqual(16 * second);
    expect(level.reason).toBe(
      'caught up: nothing waits; 16 s behind the first source, because the source is a replica',
    );
    meter.upstream(22 * second, 0);
    meter.heard(22 * second, true);
    expect(meter.read(22 * second).originLagMicros).toBe(0);
  });

  test('is unknown, and never zero, while a source that is a replica cannot tell; its bound is the last commit', () => {
    const meter = meterAt(20 * second);
    meter.received(20 * second, 20 * second, 10, 5 * second);
    meter.applied(20 * second, 1, 10, 20 * second, 5 * second);
    meter.upstream(20 * second, null);
    meter.heard(20 * second, true);
    expect(meter.read(20 * second)).toMatchObject({
      lagMicros: 0,
      originLagMicros: null,
      originAtMostMicros: 15 * second,
    });
    expect(meter.read(20 * second).reason).toContain('its lag behind the first source is unknown');
  });

  test('what a source may not be asked, its transactions tell: from elsewhere, unknown; its own, level', () => {
    const meter = meterAt(0);
    meter.received(20 * second, 20 * second, 10, 5 * second);
    meter.applied(20 * second, 1, 10, 20 * second, 5 * second);
    meter.heard(20 * second, true);
    expect(meter.read(20 * second).originLagMicros).toBeNull();
    meter.received(21 * second, 21 * second, 10, 21 * second);
    meter.applied(21 * second, 1, 10, 21 * second, 21 * second);
    meter.heard(21 * second, true);
    expect(meter.read(21 * second).originLagMicros).toBe(0);
  });

  test('is unknown where the source tells no commit times, unless it is nobody’s replica', () => {
    const meter = meterAt(0);
    meter.received(second, null, 10);
    meter.heard(second, true);
    meter.applied(second, 1, 10, null);
    expect(meter.read(second).originLagMicros).toBeNull();
    meter.upstream(second, 0);
    expect(meter.read(second)).toMatchObject({ lagMicros: 0, originLagMicros: 0 });
  });

  test('what waited when the stream was lost still counts from its first commit', () => {
    const meter = meterAt(20 * second);
    meter.received(20 * second, 20 * second, 10, 5 * second);
    meter.streamLost();
    expect(meter.read(25 * second)).toMatchObject({ lagMicros: 5 * second, originLagMicros: 20 * second });
  });
});

describe('a request for data of some age', () => {
  const request = { consistency: 'session', maxLagMs: 5_000, minGtid: null, zone: null } as const;
  const given = replica('c', { originLagMicros: 15 * second, originAtMostMicros: 16 * second });

  test('is judged by the first source, unless told otherwise; the state by the source that feeds the replica', () => {
    const byOrigin = new Decider();
    byOrigin.after(1, [given]);
    expect(byOrigin.of('c')).toMatchObject({
      state: 'serving',
      reason: 'caught up; 15 s behind the first source, because the source is a replica',
    });
    expect(fitReplica(byOrigin.of('c'), request, 0).refusal).toBe(
      'its data may be 15 s old, more than the requested 5 s',
    );
    const bySource = new Decider({ maxLagFrom: 'source' });
    bySource.after(1, [given]);
    expect(fitReplica(bySource.of('c'), request, 0).refusal).toBeNull();
    const unknown = { ...given, originLagMicros: null };
    byOrigin.after(1, [unknown]);
    expect(fitReplica(byOrigin.of('c'), request, 0).refusal).toMatch(/16 s old/);
    byOrigin.after(1, [{ ...unknown, originAtMostMicros: null }]);
    expect(fitReplica(byOrigin.of('c'), request, 0).refusal).toBe('the age of its data is unknown');
  });

  test('hints carry both over the wire; a daemon that knows of one source only is read', () => {
    const decider = new Decider();
    decider.after(1, [given]);
    const json = JSON.parse(JSON.stringify(hintsToJson(decider.hints))) as {
      replicas: Record<string, unknown>[];
    };
    expect(hintsFromJson(json)).toEqual(decider.hints);
    for (const name of ['origin_lag_micros', 'origin_at_most_micros', 'max_lag_from'])
      delete json.replicas[0]![name];
    expect(hintsFromJson(json).replicas[0]).toMatchObject({ originLagMicros: 0, maxLagFrom: 'source' });
  });
});

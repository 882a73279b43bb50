import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LagMeter } from '../../src/lag/lag-meter.js';

const ahead = 1_700_000_000_000_000;
const tables = ['a', 'b', 'c'] as const;

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('received' as const),
      late: fc.nat(5_000_000),
      // Beyond the tables: any of them.
      table: fc.nat(tables.length),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('applied' as const), count: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('heard' as const), atEnd: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lost' as const) }) },
);
const steps = fc.array(fc.tuple(fc.nat(2_000_000), step), { maxLength: 120 });

/** What is waiting, told naively: commit times by the local clock, and the table of each. */
interface Waiting {
  readonly commitMicros: number;
  /** null: any. */
  readonly table: string | null;
}

test('against a plain list: zero is only reported when nothing waits, and lag is the age of the oldest that does [P14, P18]', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const meter = new LagMeter(0);
      meter.clockSample(0, ahead, 0);
      let now = 0;
      let newest = 0;
      let lost = false;
      let waiting: Waiting[] = [];
      const seen = new Set<string>();
      for (const [wait, event] of list) {
        now += wait;
        if (event.kind === 'received') {
          // A source commits in the order in which it sends.
          newest = Math.max(newest, now - event.late);
          const table = tables[event.table] ?? null;
          meter.received(now, ahead + newest, 10);
          if (table === null) meter.touchedAny();
          else {
            meter.touched('s', table);
            seen.add(table);
          }
          waiting.push({ commitMicros: newest, table });
          lost = false;
        } else if (event.kind === 'applied' && waiting.length > 0) {
          const done = waiting.splice(0, event.count);
          meter.applied(now, done.length, 10 * done.length, ahead + done.at(-1)!.commitMicros);
        } else if (event.kind === 'heard') {
          meter.heard(now, event.atEnd);
          lost = false;
        } else if (event.kind === 'lost') {
          meter.streamLost();
          waiting = [];
          lost = true;
        }
        const lag = meter.lag(now);
        const reading = meter.read(now);
        expect(reading.transactionsWaiting).toBe(waiting.length);
        expect(reading.bytesWaiting).toBe(10 * waiting.length);
        if (waiting.length > 0) expect(lag.lagMicros).toBe(Math.max(1, now - waiting[0]!.commitMicros));
        if (lost) expect(lag.lagMicros).not.toBe(0);
        if (lag.lagMicros === null) expect(reading.reason).toMatch(/^(lag unknown|starting): /);
        else expect(lag.atMostMicros).not.toBeNull();
        for (const table of tables) {
          const own = meter.tableLag(now, 's', table);
          const first = waiting.find((one) => one.table === table || one.table === null);
          if (!seen.has(table)) expect(own).toEqual(lag);
          if (first === undefined) continue;
          // Never told too small, and never larger than the lag of the whole.
          expect(own.lagMicros).toBeGreaterThanOrEqual(Math.max(1, now - first.commitMicros));
          expect(own.lagMicros).toBeLessThanOrEqual(lag.lagMicros!);
        }
      }
    }),
  );
});

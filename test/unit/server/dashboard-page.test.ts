import { describe, expect, test } from '@jest/globals';
import { LagHistory } from '../../../src/server/dashboard/lag-history.js';
import { liveState } from '../../../src/server/dashboard/live-state.js';
import {
  bytesText,
  durationText,
  percentText,
  rateText,
  toLevelText,
} from '../../../src/server/dashboard/quantity-text.js';
import { SampleColumns } from '../../../src/server/dashboard/sample-columns.js';
import { ServerSentEvents } from '../../../src/server/dashboard/server-sent-events.js';
import { readRepositoryFile, repositoryFiles } from '../../support/repository.js';

describe('quantities on the dashboard', () => {
  test('what is unknown is said to be, and is never a zero [P21]', () => {
    for (const text of [durationText, bytesText, rateText, toLevelText, percentText])
      expect(text(null)).toBe('unknown');
  });

  test.each([
    [0, '0 s'],
    [400, '<1 ms'],
    [340_000, '340 ms'],
    [999_700, '1.0 s'],
    [12_340_000, '12.3 s'],
    [59_960_000, '1 min 0 s'],
    [3_599_600_000, '1 h 0 min'],
    [12_000_000_000, '3 h 20 min'],
    [187_200_000_000, '2 d 4 h'],
  ])('%d microseconds are %s', (micros, text) => {
    expect(durationText(micros)).toBe(text);
  });

  test('bytes, rates, parts and the time to level', () => {
    expect([bytesText(0), bytesText(512), bytesText(1_468_006)]).toEqual(['0 B', '512 B', '1.4 MiB']);
    expect([rateText(0), rateText(0.44), rateText(12_345.6)]).toEqual(['0', '0.4', '12,346']);
    expect([percentText(0.126), toLevelText(0), toLevelText(0.2), toLevelText(90)]).toEqual([
      '13 %',
      'now',
      'in 1.0 s',
      'in 1 min 30 s',
    ]);
  });
});

test('what is shown is live while frames come, and stale soon after they do not', () => {
  expect(liveState(null, 1e6)).toBe('connecting');
  expect(liveState(1_000, 4_000)).toBe('live');
  expect(liveState(1_000, 5_000)).toBe('stale');
});

describe('server-sent events', () => {
  test('are the same in whatever pieces they arrive', () => {
    const text =
      'retry: 1000\n\nevent: history\ndata: {"a":1}\n\nid: 5-7\nevent: frame\ndata: {"b":"x: y"}\n\n';
    for (const size of [1, 3, 7, text.length]) {
      const events = new ServerSentEvents();
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.slice(at * size, (at + 1) * size),
      );
      expect(pieces.flatMap((piece) => events.take(piece))).toEqual([
        { id: null, event: 'history', data: '{"a":1}' },
        { id: '5-7', event: 'frame', data: '{"b":"x: y"}' },
      ]);
    }
  });

  test('one that does not end is not held for ever', () => {
    const events = new ServerSentEvents();
    expect(() => {
      for (let piece = 0; piece < 100; piece += 1) events.take('x'.repeat(1_000_000));
    }).toThrow('does not end');
  });
});

describe('samples over time', () => {
  const sample = (id: string, lag: number | null) => ({ id, lag_micros: lag, transactions_per_second: lag });

  test('the oldest are forgotten, and what was not known stays so', () => {
    const samples = new SampleColumns(1, 3);
    samples.add(1, [sample('a', 10)]);
    samples.add(2, [sample('a', null), sample('b', 5)]);
    samples.add(3, [sample('a', 30)]);
    samples.add(4, [sample('a', 40)]);
    expect(samples.atMs).toEqual([2, 3, 4]);
    expect(samples.lagMicros('a')).toEqual([null, 30, 40]);
    expect(samples.lagMicros('b')).toEqual([5, null, null]);
  });

  test('a minute keeps its highest value', () => {
    const history = new LagHistory();
    for (let second = 0; second < 130; second += 1)
      history.add(second * 1_000, [sample('a', second === 30 ? 9_000 : second === 100 ? null : 7)]);
    expect(history.minutes.lagMicros('a')).toEqual([9_000, 7, 7]);
    expect(history.minutes.atMs).toEqual([59_000, 119_000, 129_000]);
  });

  test('a page that comes back takes what it has missed, and has what the daemon has', () => {
    const daemon = new LagHistory();
    const page = new LagHistory();
    const add = (second: number, to: readonly LagHistory[]): void => {
      for (const history of to) history.add(second * 1_000, [sample('a', second % 7)]);
    };
    for (let second = 1; second <= 1_000; second += 1) add(second, second <= 900 ? [daemon, page] : [daemon]);
    const missed = daemon.json(100);
    expect(missed).toMatchObject({ reset: false, minutes: null });
    page.load(missed.seconds, missed.minutes);
    expect(page.seconds.json()).toEqual(daemon.seconds.json());
    expect(page.minutes.json()).toEqual(daemon.minutes.json());
    const fresh = new LagHistory();
    const all = daemon.json(null);
    expect(all.reset).toBe(true);
    fresh.load(all.seconds, all.minutes);
    expect(fresh.minutes.json()).toEqual(daemon.minutes.json());
    expect(daemon.json(901).reset).toBe(true);
  });
});

describe('the files of the page', () => {
  const files = repositoryFiles('src/server/dashboard').filter((path) => path.endsWith('.ts'));

  test('make no markup of texts, and load nothing from elsewhere', () => {
    expect(files.length).toBeGreaterThan(10);
    const forbidden =
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?:\/\//;
    const found = files.filter((path) =>
      forbidden.test(readRepositoryFile(path).replace('http://www.w3.org/2000/svg', '')),
    );
    expect(found).toEqual([]);
  });

  test('are all served', () => {
    const served = readRepositoryFile('src/server/dashboard-outlet.ts');
    const imported = files
      .flatMap((path) => [
        ...readRepositoryFile(path).matchAll(/^(?:import|\} from) (?!type ).*'\.\/([\w-]+)\.js';/gm),
      ])
      .map((match) => match[1]);
    expect(imported.length).toBeGreaterThan(10);
    expect([...new Set(imported)].filter((name) => !served.includes(`'${name}',`))).toEqual([]);
  });
});

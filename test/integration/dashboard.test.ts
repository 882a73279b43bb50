import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { DashboardFrame, HistoryJson } from '../../src/server/dashboard/dashboard-json.js';
import { ServerSentEvents } from '../../src/server/dashboard/server-sent-events.js';
import { useBrowser, type WatchedPage } from '../support/browser.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';
import { TailraceProcess, urlOf } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab({ replicas: 2 });
const newPage = useBrowser();
const token = 'a-token-to-read-with';
/** What must be shown as it is, and never run. */
const hostile = '<img/src=x/onerror=alert(1)>';
const hostileTable = '<b onmouseover=alert(2)>"&amp;';
const plain = 'replica-two';

let folder = '';
let config: object;
let daemon: TailraceProcess;
let port = 0;
let dashboard: WatchedPage;
const address = (): string => `http://127.0.0.1:${port}/`;
const authorization = { authorization: `Bearer ${token}` };

const writeConfig = (config: object): Promise<void> =>
  writeFile(path.join(folder, 'tailrace.json'), JSON.stringify(config), { mode: 0o600 });

async function startDaemon(listenPort: number): Promise<void> {
  daemon = new TailraceProcess(
    ['run', '--config', path.join(folder, 'tailrace.json'), '--listen', `127.0.0.1:${listenPort}`],
    { TAILRACE_READ_TOKEN: token },
  );
  await daemon.says('the lag endpoint listens');
  port = Number(/"port":(\d+)/.exec(daemon.stderr)?.[1]);
}

async function frame(): Promise<DashboardFrame> {
  const response = await fetch(`${address()}v1/dashboard`, { headers: authorization });
  return (await response.json()) as DashboardFrame;
}

const replicaFrame = async (id: string): Promise<DashboardFrame['replicas'][number]> =>
  (await frame()).replicas.find((one) => one.id === id)!;

const cardOf = (page: Page, id: string) => page.locator('.replica').filter({ hasText: id });
const lagText = (page: Page, id: string): Promise<string> => cardOf(page, id).locator('.lag').innerText();

/** Waits until the page shows what the function looks for. */
const shows = (what: string, isShown: () => Promise<boolean>): Promise<void> => waitFor(isShown, { what });

beforeAll(async () => {
  const { source, replicas, onSource } = await lab();
  await sql(
    onSource,
    'CREATE DATABASE d',
    'CREATE TABLE d.hot (id INT PRIMARY KEY, n INT NOT NULL)',
    `CREATE TABLE d.\`${hostileTable}\` (k VARCHAR(60) PRIMARY KEY, n INT NOT NULL)`,
    'INSERT INTO d.hot VALUES (7, 0), (8, 0)',
    `INSERT INTO d.\`${hostileTable}\` VALUES ('<script>alert(3)</script>', 0)`,
  );
  folder = await mkdtemp(path.join(tmpdir(), 'tailrace-dashboard-'));
  const names = [hostile, plain];
  config = {
    source: { url: urlOf(source.address) },
    replicas: replicas.map((replica, at) => ({ url: urlOf(replica.address), name: names[at] })),
    hints: { better_hold_ms: 500 },
  };
  await writeConfig(config);
  await startDaemon(0);
  dashboard = await newPage();
});
afterAll(async () => {
  if (!daemon.hasEnded) daemon.signal('SIGKILL');
  await daemon.end();
  await rm(folder, { recursive: true, force: true });
});

describe('the dashboard', () => {
  test('asks for the token, keeps it out of addresses, and shows nothing without it [P22]', async () => {
    const { page, complaints } = dashboard;
    const response = await page.goto(address());
    expect(response?.headers()['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect((await fetch(`${address()}v1/dashboard`)).status).toBe(401);
    const give = async (text: string): Promise<void> => {
      await page.getByLabel('Read token').fill(text);
      await page.getByRole('button', { name: 'Show the dashboard' }).click();
    };
    await give('not-the-token');
    await page.getByText('The token is wrong.').waitFor();
    expect(await page.locator('#main').isVisible()).toBe(false);
    await give(token);
    await page.getByRole('heading', { name: 'Replicas' }).waitFor();
    expect(await page.locator('#token-form').isVisible()).toBe(false);
    // The browser says of itself that it was refused twice, before a token and with a wrong one.
    expect(complaints.every((text) => text.includes('401'))).toBe(true);
    complaints.length = 0;
  });

  test('shows names and keys of servers as text, whatever they hold [P22]', async () => {
    const { page, dialogs } = dashboard;
    const { onSource } = await lab();
    await shows('two replicas', async () => (await page.locator('.replica').count()) === 2);
    expect(await cardOf(page, hostile).locator('h3').innerText()).toBe(hostile);
    const hostileRow = `d.${hostileTable}: k='<script>alert(3)</script>'`;
    await shows('the hostile table and its key', async () => {
      await sql(onSource, `UPDATE d.\`${hostileTable}\` SET n = n + 1`);
      const texts = await page.locator('#tables th, #keys th').allInnerTexts();
      return texts.includes(`d.${hostileTable}`) && texts.includes(hostileRow);
    });
    expect(await page.locator('main img, main script, main b').count()).toBe(0);
    expect(dialogs).toEqual([]);
  });

  test('shows what the daemon tells: lag, states, rates, lanes, tables and hot keys [P21]', async () => {
    const { page } = dashboard;
    const { onSource } = await lab();
    await page.getByLabel('of replica').selectOption(plain);
    for (let at = 0; at < 60; at += 1)
      await sql(onSource, `UPDATE d.hot SET n = n + 1 WHERE id = ${at < 45 ? 7 : 8}`);
    // Who stood at the top before, with how many changes, depends on how long it took to see them.
    await shows('the hot row', async () => {
      await sql(onSource, 'UPDATE d.hot SET n = n + 1 WHERE id = 7');
      const rows = await page.locator('#keys tbody tr').allInnerTexts();
      return rows.findIndex((row) => row.startsWith('d.hot: id=7')) === 0;
    });
    const { tables } = await replicaFrame(plain);
    expect(tables?.[0]).toMatchObject({ schema: 'd', table: 'hot' });
    await shows('the totals that the daemon tells', async () => {
      const { totals, state } = await replicaFrame(plain);
      const text = await cardOf(page, plain).innerText();
      const written = `${totals!.rows_in} changed, ${totals!.rows_out} written`;
      return totals!.rows_in >= 62 && text.includes(written) && text.includes(state!);
    });
    const { lanes } = await replicaFrame(plain);
    expect(lanes).toHaveLength(4);
    for (const { shares } of lanes!)
      expect(Object.values(shares).reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 1);
    expect(await page.locator('#lanes tbody tr').count()).toBe(8);
    await shows('a replica that is level', async () => (await lagText(page, plain)) === '0 s behind');
    await shows('a replica that serves', async () => {
      const hints = await fetch(`${address()}v1/hints`, { headers: authorization });
      const { replicas } = (await hints.json()) as { replicas: { id: string; state: string }[] };
      const texts = await page.locator('.replica').allInnerTexts();
      return replicas.every(({ id, state }) =>
        texts.some((text) => text.includes(id) && text.includes(`${state} `)),
      );
    });
  });

  test('a replica that stands still lags on the page, and the change of its state stands there with its reason', async () => {
    const { page } = dashboard;
    const { replicas, onSource } = await lab();
    process.kill(replicas[1]!.pid, 'SIGSTOP');
    try {
      await sql(onSource, 'UPDATE d.hot SET n = n + 1');
      const lagSeconds = async (): Promise<number> =>
        parseFloat(/^([\d.]+) s behind/.exec(await lagText(page, plain))?.[1] ?? '0');
      await shows('lag', async () => (await lagSeconds()) >= 1.5);
      const told = (await replicaFrame(plain)).lag_micros! / 1e6;
      await shows('the lag that the daemon tells', async () => (await lagSeconds()) >= told);
      expect(await page.locator('#lag-chart').getAttribute('aria-label')).toMatch(/replica-two [\d.]+ s/);
      await shows('the change', async () => {
        const changes = await page.locator('#changes li').allInnerTexts();
        return changes.some((text) => /replica-two: serving → (ejected|degraded|unknown): \S/.test(text));
      });
    } finally {
      process.kill(replicas[1]!.pid, 'SIGCONT');
    }
    await shows('a replica that is level again', async () => (await lagText(page, plain)) === '0 s behind');
    await shows('the way back', async () => {
      const [newest = ''] = await page.locator('#changes li').filter({ hasText: plain }).allInnerTexts();
      return newest.includes('→ serving');
    });
    expect(await page.locator('#announcer').getAttribute('aria-live')).toBe('polite');
    expect(await page.locator('#announcer').innerText()).toMatch(/→/);
  });

  test('a lag that is not known is shown as unknown, never as zero [P21]', async () => {
    const { page } = dashboard;
    const { source } = await lab();
    process.kill(source.pid, 'SIGSTOP');
    try {
      await shows('unknown', async () => (await lagText(page, plain)) === 'lag unknown');
      expect((await replicaFrame(plain)).lag_micros).toBeNull();
    } finally {
      process.kill(source.pid, 'SIGCONT');
    }
    await shows('a lag that is known', async () => (await lagText(page, plain)) === '0 s behind');
  });

  test('is light or dark as the reader is, and fits a phone without scrolling sideways', async () => {
    const { page } = dashboard;
    const ground = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect([light, await ground()]).toEqual(['rgb(244, 246, 248)', 'rgb(16, 21, 27)']);
    for (const summary of await page.locator('summary').all()) await summary.click();
    for (const width of [320, 360, 1200]) {
      await page.setViewportSize({ width, height: 740 });
      const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      // Charts follow the width of the page.
      await shows(`no more than ${width} pixels`, async () => (await page.evaluate(overflow)) === 0);
      await shows(`charts of ${width} pixels`, async () => {
        const chart = await page.locator('#lag-chart canvas').boundingBox();
        return chart !== null && chart.width > 0.5 * width && chart.x + chart.width <= width;
      });
    }
  });

  test('can be used with the keyboard, and has tables beside its charts', async () => {
    const { page } = dashboard;
    await page.reload();
    await page.getByRole('heading', { name: 'Replicas' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the replicas');
    const day = page.getByRole('button', { name: '24 h' });
    await day.focus();
    await page.keyboard.press('Enter');
    expect(await day.getAttribute('aria-pressed')).toBe('true');
    await page.getByText('The lag as a table').focus();
    await page.keyboard.press('Enter');
    await shows('the table', async () => (await page.locator('#lag-table tbody tr').count()) > 0);
    expect(await page.locator('#lag-table thead th').allInnerTexts()).toEqual(['Time', hostile, plain]);
    const levels = await page
      .getByRole('heading')
      .evaluateAll((found) => found.map((one) => Number((one as { tagName: string }).tagName.slice(1))));
    expect(levels[0]).toBe(1);
    expect(levels.every((level, at) => at === 0 || level <= levels[at - 1]! + 1)).toBe(true);
  });

  test('a stream that comes back brings what was missed, and no more', async () => {
    const first = await readEvents(null, ({ event }) => event === 'frame');
    const { id, data } = first.at(-1)!;
    const seen = (JSON.parse(data) as DashboardFrame).seq;
    await waitFor(async () => (await frame()).seq >= seen + 2, { what: 'two more frames' });
    const again = await readEvents(id, ({ event }) => event === 'frame');
    const history = JSON.parse(again[0]!.data) as HistoryJson;
    // Others may have come behind it meanwhile.
    const newest = (JSON.parse(again.find(({ event }) => event === 'frame')!.data) as DashboardFrame).seq;
    expect(history.reset).toBe(false);
    expect(history.seconds.at_ms).toHaveLength(newest - seen);
  });

  test('asked nobody but the daemon, told no address the token, and had nothing to complain of [P22]', () => {
    const { requests, complaints } = dashboard;
    expect(requests.length).toBeGreaterThan(10);
    expect(requests.filter((url) => !url.startsWith(address()))).toEqual([]);
    expect(requests.filter((url) => url.includes(token))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('without a daemon it says that all is old, and goes on by itself when there is one again [P21]', async () => {
    const { page } = dashboard;
    daemon.signal('SIGKILL');
    await daemon.end();
    await page.getByText('No news from tailrace since').waitFor({ timeout: 90_000 });
    expect(await page.locator('#live').innerText()).toMatch(/^no news/);
    expect(await page.locator('main').getAttribute('class')).toBe('stale');
    const opacity = await page.evaluate("getComputedStyle(document.querySelector('.lag')).opacity");
    expect(Number(opacity)).toBeLessThan(0.6);
    await writeConfig({ ...config, listen: { hot_keys: false } });
    await startDaemon(port);
    await shows('news', async () => (await page.locator('#live').innerText()) === 'live');
    expect(await page.locator('main').getAttribute('class')).toBe('');
    expect(await page.locator('#alarm').innerText()).toBe('');
    expect(await page.locator('#keys').innerText()).toContain('Keys are hidden');
    expect((await replicaFrame(plain)).hot_keys).toBeNull();
  });
});

/** Reads the stream until one event is what is waited for. */
async function readEvents(
  lastId: string | null,
  isLast: (event: { readonly event: string }) => boolean,
): Promise<ReturnType<ServerSentEvents['take']>> {
  const end = new AbortController();
  const headers = { ...authorization, ...(lastId === null ? {} : { 'last-event-id': lastId }) };
  const response = await fetch(`${address()}v1/dashboard/stream`, { headers, signal: end.signal });
  const parser = new ServerSentEvents();
  const events: ReturnType<ServerSentEvents['take']> = [];
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    events.push(...parser.take(piece));
    if (events.some(isLast)) break;
    await sleep(0);
  }
  end.abort();
  return events;
}

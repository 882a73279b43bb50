/**
 * Takes docs/images/dashboard.png, dashboard-dark.png and dashboard-phone.png of a real run: a shop works on a source, two replicas follow,
 * and one of them is stopped for 45 seconds and let go on. `npm run screenshot`; takes about four minutes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { prepareChromium } from '../../build/tools/lab/chromium.js';
import { startLabTopology } from '../../build/src/lab/lab-topology.js';
import { ShopWorkload } from '../../build/src/lab/shop-workload.js';

const steadyMs = 75_000;
const stoppedMs = 45_000;
const afterMs = 60_000;
const traders = 3;
const tradesPerSecond = 150;

const repository = fileURLToPath(new URL('../..', import.meta.url));
const images = path.join(repository, 'docs/images');
const log = (line) => void process.stderr.write(`${line}\n`);
const urlOf = ({ host, port, user, password }) =>
  `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}`;

/** Starts the daemon and gives it with the port that it listens on. */
async function startDaemon(config) {
  const program = path.join(repository, 'bin/tailrace.js');
  const daemon = spawn(process.execPath, [program, 'run', '--config', config, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  for await (const piece of daemon.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    told += piece;
    const port = /"port":(\d+)/.exec(told)?.[1];
    if (port !== undefined) {
      daemon.stderr.resume();
      return { daemon, port };
    }
  }
  throw new Error(`the daemon ended:\n${told}`);
}

async function takeAll(browser, address) {
  const views = [
    { file: 'dashboard.png', viewport: { width: 1200, height: 1010 }, colorScheme: 'light' },
    { file: 'dashboard-dark.png', viewport: { width: 1200, height: 1010 }, colorScheme: 'dark' },
    { file: 'dashboard-phone.png', viewport: { width: 360, height: 1200 }, colorScheme: 'light' },
  ];
  for (const { file, ...options } of views) {
    const page = await (await browser.newContext({ timezoneId: 'UTC', ...options })).newPage();
    await page.goto(address);
    await page.locator('#main').waitFor();
    await sleep(1_500);
    await page.screenshot({ path: path.join(images, file) });
    log(file);
  }
}

const topology = await startLabTopology({ replicas: 2, log });
const folder = await mkdtemp(path.join(tmpdir(), 'tailrace-screenshot-'));
const found = await prepareChromium(log);
const browser = await chromium.launch({
  executablePath: found.executable,
  args: found.args,
  env: found.environment,
});
const end = new AbortController();
let daemon = null;
try {
  const { source, replicas } = topology;
  const config = path.join(folder, 'tailrace.json');
  const named = replicas.map((replica, at) => ({ url: urlOf(replica.address), name: `replica-${at + 1}` }));
  const text = JSON.stringify({ source: { url: urlOf(source.address) }, replicas: named });
  await writeFile(config, text, { mode: 0o600 });
  const started = await startDaemon(config);
  daemon = started.daemon;
  const shop = new ShopWorkload();
  const clients = await Promise.all(Array.from({ length: traders }, () => source.connect()));
  await shop.prepare(clients[0]);
  const work = Promise.all(
    clients.map((client) => shop.trade(client, tradesPerSecond / traders, end.signal)),
  );
  await sleep(steadyMs);
  process.kill(replicas[1].pid, 'SIGSTOP');
  await sleep(stoppedMs);
  process.kill(replicas[1].pid, 'SIGCONT');
  await sleep(afterMs);
  await mkdir(images, { recursive: true });
  await takeAll(browser, `http://127.0.0.1:${started.port}/`);
  end.abort();
  await work;
  await Promise.all(clients.map((client) => client.close()));
} finally {
  end.abort();
  await browser.close();
  if (daemon !== null && daemon.exitCode === null) {
    daemon.kill('SIGTERM');
    await once(daemon, 'exit');
  }
  await topology.stop();
  for (const one of [folder, found.folder]) await rm(one, { recursive: true, force: true, maxRetries: 3 });
}

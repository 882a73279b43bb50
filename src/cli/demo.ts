import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { defaultLinkSettings } from '../config/resolve-config.js';
import { endpointDefaults } from '../endpoint/endpoint-settings.js';
import { LagEndpoint } from '../endpoint/lag-endpoint.js';
import type { LabTopology } from '../lab/lab-topology.js';
import { ShopWorkload } from '../lab/shop-workload.js';
import { limitHeapGrowth } from '../link/limit-heap-growth.js';
import { Link } from '../link/link.js';
import type { LinkSettings } from '../link/link-settings.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { compareServers } from '../verify/compare-servers.js';
import { describeDifference } from '../verify/server-difference.js';
import { BackgroundTasks } from './background-tasks.js';
import { catchupSentence } from './catchup-summary.js';
import { formatCount, formatDuration } from './format-quantity.js';
import { LagWatch } from './lag-watch.js';
import { createLog } from './log.js';
import { showProgress } from './progress-display.js';
import { sparkline } from './sparkline.js';

const traders = 3;
const tradesPerSecondMax = 400;
/** Part of the time in which replica 2 is left behind. */
const shareLeftBehind = 0.6;
const levelWithinMs = 60_000;
const sparklineWidth = 40;

export interface DemoOptions {
  /** How long the workload runs. */
  readonly seconds: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * A source with a live workload and two replicas: the first follows from the start, the second is left behind, then caught
 * up. In the end both must equal the source.
 */
export class Demo {
  readonly #topology: LabTopology;
  readonly #options: DemoOptions;
  readonly #workload = new ShopWorkload();
  readonly #log = createLog(process.stderr, 'warn');
  readonly #settings: readonly [LinkSettings, ...LinkSettings[]];
  readonly #endpoint: LagEndpoint;

  constructor(topology: LabTopology, options: DemoOptions) {
    this.#topology = topology;
    this.#options = options;
    const [first, ...others] = topology.replicas.map((replica, i) => ({
      ...defaultLinkSettings(topology.source.address, replica.address),
      name: `replica-${i + 1}`,
    }));
    this.#settings = [first!, ...others];
    const settings = { ...endpointDefaults, http: { host: '127.0.0.1', port: 0 } };
    // Its own lines would stand between those of the demo: the dashboard shows what they say.
    this.#endpoint = new LagEndpoint(this.#settings, settings, pino({ level: 'silent' }));
  }

  /** Returns whether the replicas equal the source; true also when the signal ended it before they were compared. */
  async play(): Promise<boolean> {
    const { source, replicas } = this.#topology;
    const connections = await Promise.all([source, ...replicas].map((server) => server.connect()));
    const lag = new LagWatch(connections[0]!, connections.slice(1));
    const links = new BackgroundTasks(this.#options.signal);
    const endLinks = new AbortController();
    const endOfLinks = AbortSignal.any([links.signal, endLinks.signal]);
    try {
      await this.#endpoint.start(endOfLinks);
      this.#options.say(`\nDashboard: http://127.0.0.1:${this.#endpoint.port}/`);
      await this.#showIt(lag, links, endOfLinks);
    } finally {
      endLinks.abort();
      await this.#endpoint.close();
      await links.end().finally(() => Promise.all(connections.map((connection) => connection.close())));
    }
    if (this.#options.signal.aborted) {
      this.#options.say('Ended before the servers were compared.');
      return true;
    }
    return this.#compare();
  }

  async #showIt(lag: LagWatch, links: BackgroundTasks, endOfLinks: AbortSignal): Promise<void> {
    const { seconds, say } = this.#options;
    const leftBehindSeconds = Math.round(seconds * shareLeftBehind);
    await this.#withWorkload(links.signal, async (signal) => {
      say(
        `\nA shop works on the source for ${seconds} s. Replica 1 follows; replica 2 is left behind on purpose.`,
      );
      links.add(this.#link(0).run({ kind: 'forever' }, endOfLinks));
      links.add(lag.watch(endOfLinks));
      await this.#tell(lag, leftBehindSeconds, signal);
      await this.#catchUp(lag, signal);
      if (signal.aborted) return;
      links.add(this.#link(1).run({ kind: 'forever' }, endOfLinks));
      await this.#tell(lag, seconds - leftBehindSeconds, signal);
    });
    await waitUntilLevel(lag, links.signal);
    if (links.signal.aborted) return;
    say(`\nReplica 2 behind, over time: ${sparkline(lag.historyOf(1), sparklineWidth)}`);
  }

  /** Runs the workload beside `work`, and has ended it before it returns. `work` ends when the workload fails. */
  async #withWorkload(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { source } = this.#topology;
    const clients: ServerConnection[] = [];
    const end = new AbortController();
    const tasks = new BackgroundTasks(AbortSignal.any([signal, end.signal]));
    try {
      for (let i = 0; i <= traders; i += 1) clients.push(await source.connect());
      await this.#workload.prepare(clients[0]!);
      tasks.add(this.#workload.alter(clients[0]!, tasks.signal));
      for (const client of clients.slice(1)) {
        tasks.add(this.#workload.trade(client, tradesPerSecondMax / traders, tasks.signal));
      }
      await work(tasks.signal);
    } finally {
      end.abort();
      await tasks.end().finally(() => Promise.all(clients.map((client) => client.close())));
    }
  }

  /** One line a second. */
  async #tell(lag: LagWatch, seconds: number, signal: AbortSignal): Promise<void> {
    for (let second = 0; second < seconds && !signal.aborted; second += 1) {
      const before = this.#workload.figures.transactions;
      await sleep(1_000, undefined, { signal }).catch(() => undefined);
      const { transactions, statements } = this.#workload.figures;
      const parts = [
        `source ${formatCount(transactions - before).padStart(4)} transactions/s, ${statements} DDL`,
        `replica 1 ${behindText(lag, 0)}`,
        `replica 2 ${behindText(lag, 1)}`,
        sparkline(lag.historyOf(1), sparklineWidth),
      ];
      this.#options.say(parts.join('   '));
    }
  }

  async #catchUp(lag: LagWatch, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { say } = this.#options;
    say(
      `\nReplica 2 lacks ${formatCount(lag.behind(1) ?? 0)} transactions. tailrace catchup, while the shop goes on:`,
    );
    const link = this.#link(1);
    const display = showProgress(() => link.progress(), process.stderr);
    const report = await link.run({ kind: 'now' }, signal).finally(() => display.stop());
    say(
      `${catchupSentence({ settings: this.#settings[1]!, report, level: !signal.aborted, handoff: null })}\n`,
    );
  }

  #link(replica: number): Link {
    const settings = this.#settings[replica]!;
    limitHeapGrowth();
    const lag = this.#endpoint.lagOf(settings.name);
    const activity = this.#endpoint.activityOf(settings.name);
    const link = new Link(settings, { log: this.#log, ...(lag && { lag }), ...(activity && { activity }) });
    this.#endpoint.follow(settings.name, () => link.progress());
    return link;
  }

  async #compare(): Promise<boolean> {
    const { source, replicas } = this.#topology;
    let equal = true;
    for (const [i, replica] of replicas.entries()) {
      const onSource = await source.connect();
      const onReplica = await replica.connect();
      try {
        const startMs = performance.now();
        const differences = await compareServers(onSource, onReplica);
        const took = formatDuration((performance.now() - startMs) / 1_000);
        if (differences.length > 0) equal = false;
        this.#options.say(
          differences.length === 0
            ? `Replica ${i + 1} equals the source, every row of every table (compared in ${took}).`
            : `Replica ${i + 1} DIFFERS from the source:\n${differences.map((difference) => `  ${describeDifference(difference)}`).join('\n')}`,
        );
      } finally {
        await Promise.all([onSource.close(), onReplica.close()]);
      }
    }
    return equal;
  }
}

function behindText(lag: LagWatch, replica: number): string {
  const behind = lag.behind(replica);
  return behind === null ? 'unknown' : `${formatCount(behind).padStart(6)} behind`;
}

async function waitUntilLevel(lag: LagWatch, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + levelWithinMs;
  while (!signal.aborted && performance.now() < endMs) {
    await lag.look();
    if (lag.behind(0) === 0 && lag.behind(1) === 0) return;
    await sleep(100);
  }
}

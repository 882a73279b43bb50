import { ChangeLog } from './change-log.js';
import type { DashboardFrame, HistoryJson } from './dashboard-json.js';
import { byId, setText } from './element.js';
import { FrameStream } from './frame-stream.js';
import { LagChart } from './lag-chart.js';
import { LagHistory } from './lag-history.js';
import { LanePanel } from './lane-panel.js';
import { type Live, liveState } from './live-state.js';
import { clockText, dayClockText, durationText, rateText } from './quantity-text.js';
import { ReplicaPanel } from './replica-panel.js';
import type { SampleColumns } from './sample-columns.js';
import { sampleTable } from './sample-table.js';
import { TokenForm } from './token-form.js';
import { WorkPanel } from './work-panel.js';

const minuteMs = 60_000;
const windows = {
  short: { ms: 5 * minuteMs, words: 'One value per second.' },
  medium: { ms: 15 * minuteMs, words: 'One value per second.' },
  long: { ms: 24 * 60 * minuteMs, words: 'The highest value of each minute.' },
} as const;
type WindowName = keyof typeof windows;

/** A daemon that was just started does not begin with an empty chart. */
const spanMsMin = minuteMs;

const paintMs = 500;
const microsPerSecond = 1_000_000;

/** The page: takes what the daemon tells, and shows it; and says so when it is told nothing any more. */
class Dashboard {
  readonly #replicas = new ReplicaPanel(byId('replicas'));
  readonly #lanes = new LanePanel(byId('lanes'), byId('lane-legend'));
  readonly #work = new WorkPanel(byId('work-replica') as HTMLSelectElement, byId('tables'), byId('keys'));
  readonly #log = new ChangeLog(byId('changes'), byId('announcer'));
  readonly #lagChart = new LagChart(byId('lag-chart'), {
    text: (value) => durationText(value),
    topMin: microsPerSecond,
  });
  readonly #rateChart = new LagChart(byId('rate-chart'), { text: (value) => rateText(value), topMin: 10 });
  readonly #token = new TokenForm(() => this.start());
  readonly #stream = new FrameStream({
    history: (history) => this.#past(history),
    frame: (frame) => this.#frame(frame),
    refused: (reason) => this.#token.ask(reason),
    token: () => this.#token.token,
  });
  #history = new LagHistory();
  #window: WindowName = 'short';
  #live: Live = 'connecting';
  /** By this page's clock that never goes back, and by the daemon's; null: no frame has come. */
  #arrived: { readonly pageMs: number; readonly daemonMs: number; readonly clockMs: number } | null = null;

  constructor() {
    for (const button of document.querySelectorAll<HTMLButtonElement>('#windows button')) {
      button.addEventListener('click', () => this.#choose(button.dataset['window'] as WindowName));
    }
    for (const id of ['lag-details', 'rate-details']) {
      byId(id).addEventListener('toggle', () => this.#paint());
    }
    this.#choose('short');
    setInterval(() => this.#tick(), paintMs);
  }

  start(): void {
    void this.#stream.run();
  }

  #past({ boot, reset, seconds, minutes, changes }: HistoryJson): void {
    if (reset) {
      this.#history = new LagHistory();
      this.#log.clear();
    }
    this.#history.load(seconds, minutes);
    this.#log.add(changes, false);
    setText(byId('boot'), `The daemon started ${dayClockText(boot)}.`);
    this.#token.accepted();
  }

  #frame(frame: DashboardFrame): void {
    this.#arrived = { pageMs: performance.now(), daemonMs: frame.at_ms, clockMs: Date.now() };
    this.#history.add(frame.at_ms, frame.replicas);
    byId('main').hidden = false;
    setText(byId('summary'), frame.summary);
    const { source } = frame;
    setText(byId('source'), source === null ? '' : `source ${source.id}: ${source.state}, ${source.reason}`);
    this.#replicas.show(frame.replicas);
    this.#lanes.show(frame.replicas);
    this.#work.show(frame.replicas);
    this.#log.add(frame.changes, true);
    this.#tick();
  }

  #choose(name: WindowName): void {
    this.#window = name;
    for (const button of document.querySelectorAll<HTMLButtonElement>('#windows button')) {
      button.setAttribute('aria-pressed', String(button.dataset['window'] === name));
    }
    setText(byId('window-words'), windows[name].words);
    this.#paint();
  }

  /** Time goes on whether the daemon tells something or not. */
  #tick(): void {
    const nowMs = performance.now();
    const live = liveState(this.#arrived?.pageMs ?? null, nowMs);
    if (live !== this.#live) this.#becomes(live);
    const ageMs = this.#arrived === null ? 0 : nowMs - this.#arrived.pageMs;
    setText(
      byId('live-age'),
      live === 'stale' ? `for ${durationText(Math.round(ageMs / 1_000) * microsPerSecond)}` : '',
    );
    this.#paint();
  }

  #becomes(live: Live): void {
    this.#live = live;
    byId('live').dataset['live'] = live;
    setText(byId('live-word'), live === 'stale' ? 'no news' : live);
    byId('main').classList.toggle('stale', live === 'stale');
    const since = clockText(this.#arrived?.clockMs ?? Date.now());
    // Said once: it would be read aloud again with every change.
    setText(
      byId('alarm'),
      live === 'stale'
        ? `No news from tailrace since ${since}. Everything shown is from then and may be out of date.`
        : '',
    );
    document.title = live === 'stale' ? '(no news) tailrace' : 'tailrace';
  }

  #paint(): void {
    if (this.#arrived === null) return;
    const { pageMs, daemonMs } = this.#arrived;
    const toMs = daemonMs + performance.now() - pageMs;
    const samples = this.#window === 'long' ? this.#history.minutes : this.#history.seconds;
    const firstMs = Math.min(samples.atMs[0] ?? toMs, toMs - spanMsMin);
    const fromMs = Math.max(toMs - windows[this.#window].ms, firstMs);
    const span = { ids: samples.ids, atMs: samples.atMs, fromMs, toMs };
    const lag = columnsOf(samples, (id) => samples.lagMicros(id));
    const rate = columnsOf(samples, (id) => samples.transactionsPerSecond(id));
    this.#lagChart.show({ ...span, columns: lag });
    this.#rateChart.show({ ...span, columns: rate });
    describe('lag-chart', 'Lag over time', samples.ids, lag, durationText);
    describe('rate-chart', 'Transactions applied per second, over time', samples.ids, rate, rateText);
    if ((byId('lag-details') as HTMLDetailsElement).open)
      byId('lag-table').replaceChildren(sampleTable({ ...span, columns: lag, text: durationText }));
    if ((byId('rate-details') as HTMLDetailsElement).open)
      byId('rate-table').replaceChildren(sampleTable({ ...span, columns: rate, text: rateText }));
  }
}

type Column = readonly (number | null)[];

const columnsOf = (samples: SampleColumns, of: (id: string) => Column): readonly Column[] =>
  samples.ids.map(of);

/** What the chart shows, in words. */
function describe(
  id: string,
  title: string,
  ids: readonly string[],
  columns: readonly Column[],
  text: (value: number | null) => string,
): void {
  const now = ids.map((name, at) => `${name} ${text(columns[at]?.at(-1) ?? null)}`);
  byId(id).setAttribute('aria-label', `${title}. Last: ${now.join('; ')}`);
}

new Dashboard().start();

import type { LaneJson, ReplicaFrame } from './dashboard-json.js';
import { element, setText } from './element.js';
import { percentText } from './quantity-text.js';

/** As the daemon's lane clock names them, and what they mean. */
const activities: readonly (readonly [kind: string, name: string, meaning: string])[] = [
  ['executing', 'executing', 'the replica applies its rows'],
  ['commit', 'commit', 'waits for the other lanes, or for the commit'],
  ['conflict', 'conflict', 'waits: changes must stay together or in order'],
  ['planning', 'planning', 'waits for the distribution of new changes'],
  ['source', 'source', 'waits for the source: nothing to do'],
  ['down', 'down', 'not connected'],
];

const share = (lane: LaneJson, kind: string): number => lane.shares[kind] ?? 0;

class LaneRow {
  readonly root: HTMLElement;
  readonly #now = element('td');
  readonly #words = element('span', { class: 'unseen' });
  readonly #parts = activities.map(([kind]) => element('span', { 'data-kind': kind }));

  constructor(number: number) {
    const bar = element('div', { class: 'bar', 'aria-hidden': 'true' }, ...this.#parts);
    this.root = element(
      'tr',
      {},
      element('th', { scope: 'row' }, String(number)),
      this.#now,
      element('td', {}, bar, this.#words),
    );
  }

  show(lane: LaneJson): void {
    setText(this.#now, lane.now);
    const words: string[] = [];
    for (const [i, [kind, name]] of activities.entries()) {
      const part = share(lane, kind);
      this.#parts[i]!.style.width = `${part * 100}%`;
      if (part >= 0.005) words.push(`${name} ${percentText(part)}`);
    }
    setText(this.#words, words.join(', '));
  }
}

class LanesOfReplica {
  readonly root: HTMLElement;
  readonly #summary = element('p', { class: 'quiet' });
  readonly #body = element('tbody');
  readonly #rows: LaneRow[] = [];

  constructor(id: string) {
    const head = element(
      'tr',
      {},
      element('th', { scope: 'col', class: 'lane-number' }, 'Lane'),
      element('th', { scope: 'col', class: 'lane-now' }, 'Now'),
      element('th', { scope: 'col' }, 'Last few seconds'),
    );
    this.root = element(
      'div',
      { class: 'lanes' },
      element('h3', {}, id),
      this.#summary,
      element('table', {}, element('thead', {}, head), this.#body),
    );
  }

  show(lanes: readonly LaneJson[] | null): void {
    setText(this.#summary, lanes === null ? 'unknown: no link was started' : summaryText(lanes));
    const count = lanes?.length ?? 0;
    while (this.#rows.length > count) this.#rows.pop()?.root.remove();
    for (const [at, lane] of (lanes ?? []).entries()) {
      let row = this.#rows[at];
      if (row === undefined) {
        row = new LaneRow(at);
        this.#rows.push(row);
        this.#body.append(row.root);
      }
      row.show(lane);
    }
  }
}

/** What the lanes of each replica do, and what they wait for. */
export class LanePanel {
  readonly #box: HTMLElement;
  readonly #replicas = new Map<string, LanesOfReplica>();

  constructor(box: HTMLElement, legend: HTMLElement) {
    this.#box = box;
    for (const [kind, name, meaning] of activities) {
      const swatch = element('span', { class: 'swatch', 'data-kind': kind, 'aria-hidden': 'true' });
      legend.append(element('li', {}, swatch, element('span', {}, `${name}: ${meaning}`)));
    }
  }

  show(replicas: readonly ReplicaFrame[]): void {
    for (const { id, lanes } of replicas) {
      let one = this.#replicas.get(id);
      if (one === undefined) {
        one = new LanesOfReplica(id);
        this.#replicas.set(id, one);
        this.#box.append(one.root);
      }
      one.show(lanes);
    }
    for (const [id, one] of this.#replicas) {
      if (replicas.some((replica) => replica.id === id)) continue;
      one.root.remove();
      this.#replicas.delete(id);
    }
  }
}

/** `1.3 of 4 lanes busy; they wait most for: source 60 %`. */
function summaryText(lanes: readonly LaneJson[]): string {
  const total = (kind: string): number => lanes.reduce((sum, lane) => sum + share(lane, kind), 0);
  const busy = `${total('executing').toFixed(1)} of ${lanes.length} lanes busy`;
  const waits = activities
    .filter(([kind]) => kind !== 'executing')
    .map(([kind, name]) => ({ name, part: lanes.length === 0 ? 0 : total(kind) / lanes.length }))
    .filter(({ part }) => part >= 0.005)
    .sort((a, b) => b.part - a.part);
  if (waits.length === 0) return busy;
  return `${busy}; waiting: ${waits.map(({ name, part }) => `${name} ${percentText(part)}`).join(', ')}`;
}

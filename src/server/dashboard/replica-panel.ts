import type { ReplicaFrame } from './dashboard-json.js';
import { element, setText } from './element.js';
import { seriesColour } from './lag-chart.js';
import {
  bytesText,
  countText,
  durationText,
  percentText,
  rateText,
  toLevelText,
  unknownText,
} from './quantity-text.js';

const facts = [
  ['Trend', (one) => one.trend ?? unknownText],
  ['Behind', (one) => `${countText(one.transactions_behind)} transactions, ${bytesText(one.bytes_behind)}`],
  ['Applies', (one) => `${rateText(one.transactions_per_second)} transactions/s`],
  ['Level', (one) => toLevelText(one.seconds_to_level)],
  ['Data at most', (one) => ageText(one.lag_at_most_micros)],
  ['Gets', (one) => `${percentText(one.share)} of reads`],
  ['Link', (one) => one.link ?? 'not started'],
  ['Epochs', (one) => epochsText(one)],
  ['Rows', (one) => rowsText(one)],
] as const satisfies readonly (readonly [name: string, text: (one: ReplicaFrame) => string])[];

/** One replica: how far it lags, whether it is read, and why. Changed in place. */
class ReplicaCard {
  readonly root: HTMLElement;
  readonly #lag = element('p', { class: 'lag' });
  readonly #lagReason = element('p', { class: 'quiet' });
  readonly #state = element('span', { class: 'state' });
  readonly #reason = element('span');
  readonly #trouble = element('p', { class: 'trouble' });
  readonly #facts = facts.map(() => element('dd'));

  constructor(id: string, at: number) {
    const swatch = element('span', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.style.background = seriesColour(at);
    this.root = element(
      'article',
      { class: 'replica' },
      element('h3', {}, swatch, element('span', {}, id)),
      this.#lag,
      this.#lagReason,
      element('p', {}, this.#state, ' ', this.#reason),
      element('dl', {}, ...facts.flatMap(([name], i) => [element('dt', {}, name), this.#facts[i]!])),
      this.#trouble,
    );
  }

  show(replica: ReplicaFrame): void {
    const { state, lag_micros, reason, trouble } = replica;
    this.root.dataset['state'] = state ?? 'unknown';
    this.#lag.dataset['unknown'] = lag_micros === null ? 'yes' : 'no';
    setText(this.#lag, lag_micros === null ? 'lag unknown' : `${durationText(lag_micros)} behind`);
    setText(this.#lagReason, replica.lag_reason);
    this.#state.dataset['state'] = state ?? 'unknown';
    setText(this.#state, state ?? unknownText);
    setText(this.#reason, reason === null ? '' : withoutState(reason, state));
    setText(this.#trouble, trouble ?? '');
    for (const [i, [, text]] of facts.entries()) setText(this.#facts[i]!, text(replica));
  }
}

/** The cards of all replicas. */
export class ReplicaPanel {
  readonly #box: HTMLElement;
  readonly #cards = new Map<string, ReplicaCard>();

  constructor(box: HTMLElement) {
    this.#box = box;
  }

  show(replicas: readonly ReplicaFrame[]): void {
    for (const [at, replica] of replicas.entries()) {
      let card = this.#cards.get(replica.id);
      if (card === undefined) {
        card = new ReplicaCard(replica.id, at);
        this.#cards.set(replica.id, card);
        this.#box.append(card.root);
      }
      card.show(replica);
    }
    for (const [id, card] of this.#cards) {
      if (replicas.some((one) => one.id === id)) continue;
      card.root.remove();
      this.#cards.delete(id);
    }
  }
}

const ageText = (micros: number | null): string =>
  micros === null ? unknownText : `${durationText(micros)} old`;

/** Reasons of hints begin with the state, which stands before them already. */
function withoutState(reason: string, state: string | null): string {
  return state !== null && reason.startsWith(`${state}: `) ? reason.slice(state.length + 2) : reason;
}

function epochsText({ totals }: ReplicaFrame): string {
  if (totals === null) return unknownText;
  const { epochs, barriers, fallbacks, conflicts } = totals;
  const rest = [
    `${countText(barriers)} barriers`,
    ...(fallbacks > 0 ? [`${countText(fallbacks)} replayed`] : []),
    ...(conflicts > 0 ? [`${countText(conflicts)} conflicts`] : []),
  ];
  return `${countText(epochs)}, ${rest.join(', ')}`;
}

function rowsText({ totals }: ReplicaFrame): string {
  return totals === null
    ? unknownText
    : `${countText(totals.rows_in)} changed, ${countText(totals.rows_out)} written`;
}

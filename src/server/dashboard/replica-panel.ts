import type { LinkStandingFrame, ReplicaFrame } from './dashboard-json.js';
import { element, setText } from './element.js';
import { seriesColour } from './lag-chart.js';
import {
  bytesText,
  countedText,
  countText,
  dayClockText,
  durationText,
  percentText,
  rateText,
  toLevelText,
  unknownText,
} from './quantity-text.js';

const facts = [
  ['Trend', (one) => one.trend ?? unknownText],
  ['Behind', (one) => behindText(one)],
  ['Applies', (one) => appliesText(one)],
  ['Caught up', (one) => toLevelText(one.seconds_to_level)],
  ['Data age', (one) => ageText(one.origin_at_most_micros)],
  ['Share of reads', (one) => percentText(one.share)],
  ['Link', (one) => linkText(one)],
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
  readonly #trouble = element('div', { class: 'trouble', role: 'status' });
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
    const { state, lag_micros, reason } = replica;
    this.root.dataset['state'] = state ?? 'unknown';
    this.#lag.dataset['unknown'] = lag_micros === null ? 'yes' : 'no';
    setText(this.#lag, lag_micros === null ? 'lag unknown' : `${durationText(lag_micros)} behind`);
    setText(this.#lagReason, replica.lag_reason);
    this.#state.dataset['state'] = state ?? 'unknown';
    setText(this.#state, state ?? unknownText);
    setText(this.#reason, reason === null ? '' : withoutState(reason, state));
    this.#showTrouble(replica.link_standing);
    for (const [i, [, text]] of facts.entries()) setText(this.#facts[i]!, text(replica));
  }

  /** A line each: what happened and since when, why, and the cure. */
  #showTrouble(link: LinkStandingFrame): void {
    const lines = troubleLines(link);
    while (this.#trouble.children.length > lines.length) this.#trouble.lastElementChild?.remove();
    while (this.#trouble.children.length < lines.length) this.#trouble.append(element('p'));
    for (const [at, line] of lines.entries()) setText(this.#trouble.children[at] as HTMLElement, line);
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
  micros === null ? unknownText : `at most ${durationText(micros)}`;

function behindText({ transactions_behind, bytes_behind }: ReplicaFrame): string {
  const known = [
    ...(transactions_behind === null ? [] : [countedText(transactions_behind, 'transaction')]),
    ...(bytes_behind === null ? [] : [bytesText(bytes_behind)]),
  ];
  return known.length === 0 ? unknownText : known.join(', ');
}

const appliesText = ({ transactions_per_second }: ReplicaFrame): string =>
  transactions_per_second === null ? unknownText : `${rateText(transactions_per_second)} transactions/s`;

const linkText = ({ link, link_standing: { code } }: ReplicaFrame): string =>
  code === null ? link : `${link} (${code})`;

/** What keeps a link from running; none: nothing does. */
function troubleLines({ state, since_ms, code, what, why, cure, retry_at_ms }: LinkStandingFrame): string[] {
  if (code === null) return [];
  const next = retry_at_ms === null ? 'retrying now' : `retrying at ${dayClockText(retry_at_ms)}`;
  const stands =
    state === 'failed'
      ? 'the link has stopped; it needs you'
      : state === 'waiting'
        ? `the link waits until somebody fixes this, ${next}`
        : `the link is interrupted, ${next}`;
  return [
    `Since ${dayClockText(since_ms)} ${stands}.`,
    `${code}: ${what ?? ''}`,
    ...(why === null ? [] : [`Why: ${why}`]),
    ...(cure === null ? [] : [`Cure: ${cure}`]),
  ];
}

/** Reasons of hints begin with the state, which stands before them already. */
function withoutState(reason: string, state: string | null): string {
  return state !== null && reason.startsWith(`${state}: `) ? reason.slice(state.length + 2) : reason;
}

function epochsText({ totals }: ReplicaFrame): string {
  if (totals === null) return unknownText;
  const { epochs, barriers, fallbacks, conflicts } = totals;
  const rest = [
    ...(barriers > 0 ? [`${countText(barriers)} for DDL`] : []),
    ...(fallbacks > 0 ? [`${countText(fallbacks)} replayed`] : []),
    ...(conflicts > 0 ? [countedText(conflicts, 'conflict')] : []),
  ];
  return rest.length === 0 ? countText(epochs) : `${countText(epochs)} (${rest.join(', ')})`;
}

function rowsText({ totals }: ReplicaFrame): string {
  return totals === null
    ? unknownText
    : `${countText(totals.rows_in)} changed, ${countText(totals.rows_out)} written`;
}

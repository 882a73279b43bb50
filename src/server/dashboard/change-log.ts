import type { ChangeJson } from './dashboard-json.js';
import { element, setText } from './element.js';
import { clockText, dayClockText } from './quantity-text.js';

const shownMax = 100;

/** What changed state, newest first, and said to screen readers as it comes. */
export class ChangeLog {
  readonly #list: HTMLElement;
  readonly #announcer: HTMLElement;

  constructor(list: HTMLElement, announcer: HTMLElement) {
    this.#list = list;
    this.#announcer = announcer;
    this.clear();
  }

  clear(): void {
    this.#list.replaceChildren(element('li', { class: 'quiet', 'data-none': '' }, 'None so far.'));
  }

  /** Oldest first; `isNew`: they come now, and are not what was missed. */
  add(changes: readonly ChangeJson[], isNew: boolean): void {
    if (changes.length === 0) return;
    this.#list.querySelector('[data-none]')?.remove();
    for (const change of changes) {
      const time = element(
        'time',
        { datetime: new Date(change.at_ms).toISOString(), title: dayClockText(change.at_ms) },
        clockText(change.at_ms),
      );
      this.#list.prepend(element('li', { 'data-kind-of-change': change.kind }, time, changeText(change)));
    }
    while (this.#list.children.length > shownMax) this.#list.lastElementChild?.remove();
    if (isNew) setText(this.#announcer, changes.map(changeText).join('. '));
  }
}

function changeText({ kind, id, from, to, reason }: ChangeJson): string {
  const what = kind === 'link' ? `link to ${id}` : kind === 'source' ? `source ${id}` : id;
  return `${what}: ${from ?? 'new'} → ${to}: ${reason}`;
}

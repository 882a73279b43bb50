import type { ReplicaFrame } from './dashboard-json.js';
import { element, setText } from './element.js';
import { rateText } from './quantity-text.js';

/** A table whose rows are changed in place, or a sentence where there are none. */
class NumberTable {
  readonly #note = element('p', { class: 'quiet' });
  readonly #table: HTMLTableElement;
  readonly #body = element('tbody');
  readonly #numbers: number;

  constructor(box: HTMLElement, labelledBy: string, columns: readonly [string, ...string[]]) {
    const [name, ...numbers] = columns;
    this.#numbers = numbers.length;
    const head = element(
      'tr',
      {},
      element('th', { scope: 'col' }, name),
      ...numbers.map((title) => element('th', { scope: 'col', class: 'number' }, title)),
    );
    this.#table = element('table', { 'aria-labelledby': labelledBy }, element('thead', {}, head), this.#body);
    box.append(this.#note, this.#table);
  }

  show(rows: readonly (readonly [name: string, ...numbers: string[]])[], noneText: string): void {
    setText(this.#note, rows.length === 0 ? noneText : '');
    this.#table.hidden = rows.length === 0;
    while (this.#body.rows.length > rows.length) this.#body.deleteRow(-1);
    while (this.#body.rows.length < rows.length) {
      const cells = Array.from({ length: this.#numbers }, () => element('td', { class: 'number' }));
      this.#body.append(element('tr', {}, element('th', { scope: 'row' }), ...cells));
    }
    for (const [at, texts] of rows.entries()) {
      const cells = this.#body.rows[at]?.cells;
      for (const [column, text] of texts.entries()) {
        const cell = cells?.[column];
        if (cell !== undefined) setText(cell, text);
      }
    }
  }
}

/** Which tables, and which rows, of one replica change most. */
export class WorkPanel {
  readonly #select: HTMLSelectElement;
  readonly #tables: NumberTable;
  readonly #keys: NumberTable;
  #replicas: readonly ReplicaFrame[] = [];

  constructor(select: HTMLSelectElement, tables: HTMLElement, keys: HTMLElement) {
    this.#select = select;
    this.#tables = new NumberTable(tables, 'tables-heading', ['Table', 'Changes/s', 'Written/s']);
    this.#keys = new NumberTable(keys, 'keys-heading', ['Row', 'Changes/s']);
    select.addEventListener('change', () => this.#show());
  }

  show(replicas: readonly ReplicaFrame[]): void {
    this.#replicas = replicas;
    const ids = replicas.map(({ id }) => id);
    const shown = [...this.#select.options].map(({ value }) => value);
    if (JSON.stringify(ids) !== JSON.stringify(shown)) {
      const chosen = this.#select.value;
      this.#select.replaceChildren(...ids.map((id) => element('option', { value: id }, id)));
      if (ids.includes(chosen)) this.#select.value = chosen;
    }
    this.#show();
  }

  #show(): void {
    const replica = this.#replicas.find(({ id }) => id === this.#select.value);
    if (replica === undefined) return;
    const { tables, hot_keys } = replica;
    this.#tables.show(
      (tables ?? []).map((one) => [
        `${one.schema}.${one.table}`,
        rateText(one.rows_in_per_second),
        rateText(one.rows_out_per_second),
      ]),
      tables === null ? 'Unknown: no link was started.' : 'No rows were changed in the last few seconds.',
    );
    this.#keys.show(
      (hot_keys ?? []).map((one) => [
        `${one.schema}.${one.table}: ${one.key}`,
        rateText(one.changes_per_second),
      ]),
      hot_keys === null ? 'Keys are hidden: listen.hot_keys is off.' : 'No row changes often at the moment.',
    );
  }
}

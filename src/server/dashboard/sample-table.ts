import { element } from './element.js';
import { clockText } from './quantity-text.js';

const rowsMax = 30;

export interface SampleTableData {
  readonly ids: readonly string[];
  readonly atMs: readonly number[];
  readonly columns: readonly (readonly (number | null)[])[];
  readonly text: (value: number | null) => string;
}

/** What a chart draws, as a table: so many times, evenly spread, newest first. */
export function sampleTable({ ids, atMs, columns, text }: SampleTableData): HTMLTableElement {
  const step = Math.max(1, Math.ceil(atMs.length / rowsMax));
  const rows: HTMLElement[] = [];
  for (let at = atMs.length - 1; at >= 0; at -= step) {
    rows.push(
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, clockText(atMs[at] ?? 0)),
        ...columns.map((column) => element('td', {}, text(column[at] ?? null))),
      ),
    );
  }
  const head = ['Time', ...ids].map((title) => element('th', { scope: 'col' }, title));
  return element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...rows),
  );
}

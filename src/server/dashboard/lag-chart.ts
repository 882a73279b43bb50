import type uPlotClass from 'uplot';

/** uPlot, loaded before this module. */
declare const uPlot: typeof uPlotClass;

const seriesColours = 8;
/** A canvas has no style sheet to take it from. */
const axisFont = '12px -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
const dashes: readonly number[][] = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

export interface LagChartOptions {
  /** A value of the axis as text. */
  readonly text: (value: number) => string;
  /** The axis reaches at least so far. */
  readonly topMin: number;
}

/** What is drawn: times in milliseconds since 1970, and a column of values a replica; null: unknown, a gap. */
export interface LagChartData {
  readonly ids: readonly string[];
  readonly atMs: readonly number[];
  readonly columns: readonly (readonly (number | null)[])[];
  readonly fromMs: number;
  readonly toMs: number;
}

const colourName = (at: number): string => `--series-${(at % seriesColours) + 1}`;

/** The colour of the replica at this place, for a style: it follows the theme. */
export const seriesColour = (at: number): string => `var(${colourName(at)})`;

/** Lines over time, one a replica, told apart by colour and by dashes. */
export class LagChart {
  readonly #box: HTMLElement;
  readonly #options: LagChartOptions;
  #plot: uPlotClass | null = null;
  #ids = '';
  #data: LagChartData | null = null;

  constructor(box: HTMLElement, options: LagChartOptions) {
    this.#box = box;
    this.#options = options;
    new ResizeObserver(() => this.#resize()).observe(box);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#rebuild());
  }

  show(data: LagChartData): void {
    this.#data = data;
    const ids = JSON.stringify(data.ids);
    if (this.#plot === null || ids !== this.#ids) {
      this.#ids = ids;
      this.#rebuild();
      return;
    }
    this.#plot.batch(() => {
      this.#plot?.setData(aligned(data), false);
      this.#plot?.setScale('x', { min: data.fromMs / 1_000, max: data.toMs / 1_000 });
    });
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#box;
    if (width > 0 && height > 0) this.#plot?.setSize({ width, height });
  }

  #rebuild(): void {
    const data = this.#data;
    if (data === null) return;
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#settings(data), aligned(data), this.#box);
  }

  #settings({ ids, fromMs, toMs }: LagChartData): uPlotClass.Options {
    const { text, topMin } = this.#options;
    const axis = {
      font: axisFont,
      stroke: cssColour('--quiet'),
      grid: { stroke: cssColour('--line'), width: 1 },
      ticks: { stroke: cssColour('--line'), width: 1 },
    };
    return {
      width: Math.max(1, this.#box.clientWidth),
      height: Math.max(1, this.#box.clientHeight),
      legend: { show: false },
      cursor: { show: false },
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: { time: true, min: fromMs / 1_000, max: toMs / 1_000 },
        y: { range: (_plot, _low, high) => [0, Math.max(topMin, (high ?? 0) * 1.08)] },
      },
      axes: [
        { ...axis, values: [[1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1]], space: 80 },
        { ...axis, size: 84, values: (_plot, values) => values.map((value) => text(value)) },
      ],
      series: [
        {},
        ...ids.map((id, at) => ({
          label: id,
          stroke: cssColour(colourName(at)),
          width: 2,
          dash: dashes[at % dashes.length] ?? [],
          spanGaps: false,
          points: { show: false },
        })),
      ],
    };
  }
}

function aligned({ atMs, columns }: LagChartData): uPlotClass.AlignedData {
  return [atMs.map((ms) => ms / 1_000), ...columns.map((column) => [...column])];
}

function cssColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

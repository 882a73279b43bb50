import type { BenchResults } from './bench-results.js';
import { summarise, type WorkloadSummary } from './workload-summary.js';

const width = 790;
const labelWidth = 280;
const plotWidth = 380;
const rowHeight = 46;
const barHeight = 13;
const top = 74;
const bottom = 46;

/** Colours for a light and a dark page; the reader's setting decides. */
const style = `
  .text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .soft { fill: #59636e; }
  .grid { stroke: #d1d9e0; }
  .base { stroke: #59636e; }
  .tailrace { fill: #0969da; }
  .tuned { fill: #9a6700; }
  @media (prefers-color-scheme: dark) {
    .text { fill: #f0f6fc; }
    .soft { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .base { stroke: #9198a1; }
    .tailrace { fill: #4493f8; }
    .tuned { fill: #d29922; }
  }`;

/** A scale of powers that holds every ratio: from 1, or the power of ten below, to the power of ten above. */
export class LogScale {
  readonly least: number;
  readonly most: number;

  constructor(values: readonly number[]) {
    const usable = values.filter((value) => value > 0 && Number.isFinite(value));
    this.least = 10 ** Math.floor(Math.log10(Math.min(1, ...usable)));
    this.most = 10 ** Math.max(1, Math.ceil(Math.log10(Math.max(1, ...usable))));
  }

  /** Where a ratio lies, 0 at the least and 1 at the most; what is outside goes to the edge. */
  share(value: number): number {
    const span = Math.log10(this.most) - Math.log10(this.least);
    const share = (Math.log10(value) - Math.log10(this.least)) / span;
    return Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share));
  }

  /** 1, 2 and 5 times every power of ten between the ends. */
  get ticks(): readonly number[] {
    const first = Math.round(Math.log10(this.least));
    const last = Math.round(Math.log10(this.most));
    const powers = Array.from({ length: last - first }, (_, at) => 10 ** (first + at));
    return [...powers.flatMap((power) => [power, 2 * power, 5 * power]), this.most];
  }
}

/** The workloads as bars: how many times faster than MySQL's own replica with defaults, on a logarithmic scale. */
export function resultsChart({ workloads, environment }: BenchResults): string {
  const bars = workloads.map((result) => ({ title: result.title, summary: summarise(result) }));
  const scale = new LogScale(
    bars.flatMap(({ summary }) => [summary.overDefaults.tailrace, summary.overDefaults.tuned]),
  );
  const height = top + bars.length * rowHeight + bottom;
  const note = `tailrace ${environment.tailrace}, MySQL ${environment.mysql}, ${environment.cores} cores, ${environment.date.slice(0, 10)}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>Times faster than native replication with defaults</title>`,
    `<style>${style}</style>`,
    text(16, 26, 'Catching up: times faster than native replication with defaults', 'title'),
    ...legend(),
    ...grid(scale, height - bottom),
    ...bars.flatMap(({ title, summary }, row) => workloadBars(title, summary, scale, top + row * rowHeight)),
    text(16, height - 12, `${note}; logarithmic scale`, 'soft'),
    '</svg>',
    '',
  ].join('\n');
}

function legend(): string[] {
  return [
    `<rect class="tailrace" x="16" y="40" width="12" height="12" rx="2"/>`,
    text(34, 50, 'tailrace, durable'),
    `<rect class="tuned" x="156" y="40" width="12" height="12" rx="2"/>`,
    text(174, 50, 'native, tuned and not durable'),
  ];
}

function grid(scale: LogScale, end: number): string[] {
  return scale.ticks.flatMap((tick) => {
    const x = at(scale, tick);
    const kind = tick === 1 ? 'base' : 'grid';
    return [
      `<line class="${kind}" x1="${x}" y1="${top - 8}" x2="${x}" y2="${end}"/>`,
      text(x, end + 14, `${Number(tick.toPrecision(1))}×`, 'soft', 'middle'),
    ];
  });
}

function workloadBars(title: string, summary: WorkloadSummary, scale: LogScale, y: number): string[] {
  const { overDefaults, seconds } = summary;
  return [
    text(16, y + barHeight + 4, title),
    text(16, y + barHeight + 18, `native ${seconds.native.toFixed(1)} s`, 'soft'),
    ...(['tailrace', 'tuned'] as const).flatMap((contender, line) => {
      const ratio = overDefaults[contender];
      const from = Math.min(at(scale, 1), at(scale, ratio));
      const to = Math.max(at(scale, 1), at(scale, ratio));
      const barY = y + line * (barHeight + 3);
      const label = `${ratio.toFixed(1)}× (${seconds[contender].toFixed(2)} s)`;
      return [
        `<rect class="${contender}" x="${from}" y="${barY}" width="${Math.max(1, Number((to - from).toFixed(1)))}" height="${barHeight}" rx="2"/>`,
        text(to + 6, barY + barHeight - 2, label),
      ];
    }),
  ];
}

function at(scale: LogScale, ratio: number): number {
  return Number((labelWidth + scale.share(ratio) * plotWidth).toFixed(1));
}

function text(x: number, y: number, content: string, kind = '', anchor = 'start'): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text class="${`text ${kind}`.trim()}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped}</text>`;
}

import type { LagSample } from './lag-recording.js';

/** One catch-up, as the chart draws it. */
export interface LagCurve {
  readonly kind: 'native' | 'tailrace';
  readonly label: string;
  /** In order of time. */
  readonly samples: readonly LagSample[];
}

const width = 760;
const height = 330;
const plot = { left: 70, right: 730, top: 60, bottom: 270 } as const;
/** More points than pixels show nothing more. */
const pointsMax = 330;

/** Colours for a light and a dark page; the reader's setting decides. */
const style = `
  .text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .soft { fill: #59636e; }
  .grid { stroke: #d1d9e0; }
  .curve { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
  .native { stroke: #9a6700; }
  .tailrace { stroke: #0969da; }
  @media (prefers-color-scheme: dark) {
    .text { fill: #f0f6fc; }
    .soft { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .native { stroke: #d29922; }
    .tailrace { stroke: #4493f8; }
  }`;

/** Transactions behind over seconds, a curve for each catch-up; `note` says where and how it was recorded. */
export function lagChart(curves: readonly LagCurve[], note: string): string {
  const samples = curves.flatMap((curve) => curve.samples);
  const seconds = ticks(Math.max(...samples.map(({ atMs }) => atMs / 1_000)));
  const behinds = ticks(Math.max(...samples.map(({ behind }) => behind)));
  const secondsMax = seconds.at(-1) ?? 1;
  const behindMax = behinds.at(-1) ?? 1;
  const x = (ms: number): number => round(plot.left + (ms / 1_000 / secondsMax) * (plot.right - plot.left));
  const y = (behind: number): number => round(plot.bottom - (behind / behindMax) * (plot.bottom - plot.top));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>Transactions that the replica lacks, over time</title>',
    `<style>${style}</style>`,
    text(16, 26, 'Transactions that the replica lacks, over time', 'title'),
    ...behinds.flatMap((tick) => horizontal(y(tick), tick.toLocaleString('en-US'))),
    ...seconds.map((tick) => text(x(tick * 1_000), plot.bottom + 18, `${tick} s`, 'soft', 'middle')),
    ...curves.map(
      ({ kind, samples: all }) =>
        `<polyline class="curve ${kind}" points="${thin(all)
          .map(({ atMs, behind }) => `${x(atMs)},${y(behind)}`)
          .join(' ')}"/>`,
    ),
    ...curves.flatMap(({ kind, label }, line) => legend(kind, label, 44 + line * 18)),
    text(16, height - 12, note, 'soft'),
    '</svg>',
    '',
  ].join('\n');
}

function legend(kind: LagCurve['kind'], label: string, at: number): string[] {
  const left = plot.right - 250;
  return [
    `<line class="curve ${kind}" x1="${left}" y1="${at + 30}" x2="${left + 24}" y2="${at + 30}"/>`,
    text(left + 32, at + 34, label),
  ];
}

function horizontal(y: number, label: string): string[] {
  return [
    `<line class="grid" x1="${plot.left}" y1="${y}" x2="${plot.right}" y2="${y}"/>`,
    text(plot.left - 8, y + 4, label, 'soft', 'end'),
  ];
}

/** A scale from zero with about five round steps; the last one is not below `most`. */
function ticks(most: number): readonly number[] {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1) / 5));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((nice) => nice * 6 >= most) ?? power;
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

/** Evenly fewer, the first and the last among them. */
function thin(samples: readonly LagSample[]): readonly LagSample[] {
  if (samples.length <= pointsMax) return samples;
  const step = (samples.length - 1) / (pointsMax - 1);
  return Array.from({ length: pointsMax }, (_, i) => samples[Math.round(i * step)] as LagSample);
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

function text(x: number, y: number, content: string, kind = '', anchor = 'start'): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text class="${`text ${kind}`.trim()}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped}</text>`;
}

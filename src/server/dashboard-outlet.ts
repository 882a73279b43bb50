import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { answerText } from './answer.js';
import { pageHtml, pageIcon } from './dashboard/page-html.js';
import { pageStyle } from './dashboard/page-style.js';
import type { DashboardSource } from './dashboard-source.js';
import { HttpRefusal } from './http-refusal.js';
import type { Exchange, Outlet } from './outlet.js';
import { requireNoQuery } from './request-query.js';

/**
 * Nothing is loaded from elsewhere, nothing runs that is not a file of ours, and no text can become markup. Styles that a script sets on
 * elements, as uPlot does, are not what `style-src` forbids.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** The page's own modules, compiled beside this one. */
const modules = [
  'app',
  'change-log',
  'dashboard-json',
  'element',
  'frame-stream',
  'lag-chart',
  'lag-history',
  'lane-panel',
  'live-state',
  'quantity-text',
  'replica-panel',
  'sample-columns',
  'sample-table',
  'server-sent-events',
  'token-form',
  'work-panel',
] as const;

interface Asset {
  readonly contentType: string;
  readonly read: () => Promise<string | Buffer>;
}

const script = 'text/javascript; charset=utf-8';
const style = 'text/css; charset=utf-8';
const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'dashboard');
const text = (contentType: string, content: string): Asset => ({
  contentType,
  read: () => Promise.resolve(content),
});

function uplot(file: string): Promise<Buffer> {
  const manifest = createRequire(import.meta.url).resolve('uplot/package.json');
  return readFile(path.join(path.dirname(manifest), 'dist', file));
}

const assets: ReadonlyMap<string, Asset> = new Map([
  ['/', text('text/html; charset=utf-8', pageHtml)],
  ['/dashboard/style.css', text(style, pageStyle)],
  ['/dashboard/icon.svg', text('image/svg+xml', pageIcon)],
  ['/dashboard/uplot.js', { contentType: script, read: () => uplot('uPlot.iife.min.js') }],
  ['/dashboard/uplot.css', { contentType: style, read: () => uplot('uPlot.min.css') }],
  ...modules.map((name): readonly [string, Asset] => [
    `/dashboard/${name}.js`,
    { contentType: script, read: () => readFile(path.join(folder, `${name}.js`)) },
  ]),
]);

/**
 * `GET /`: the dashboard, and the files that it consists of, by path. They hold nothing of any server, so that they need no token: the
 * page asks for one.
 */
export function dashboardFileOutlets(): readonly (readonly [path: string, outlet: Outlet])[] {
  return [...assets].map(([at, asset]) => [at, fileOutlet(asset)]);
}

function fileOutlet({ contentType, read }: Asset): Outlet {
  let kept: { readonly content: string | Buffer; readonly etag: string } | null = null;
  return {
    methods: ['GET', 'HEAD'],
    guard: 'open',
    answer: async ({ request, response, query }) => {
      requireNoQuery(query);
      if (kept === null) {
        const content = await read();
        kept = {
          content,
          etag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`,
        };
      }
      const { content, etag } = kept;
      const headers = {
        etag,
        'cache-control': 'no-cache',
        'content-security-policy': contentSecurityPolicy,
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      };
      if (request.headers['if-none-match'] === etag) {
        response.writeHead(304, headers);
        response.end();
        return;
      }
      const contentLength = Buffer.byteLength(content);
      response.writeHead(200, { ...headers, 'content-type': contentType, 'content-length': contentLength });
      response.end(content);
    },
  };
}

/** `GET /v1/dashboard`: what the page shows now, as JSON. */
export function dashboardJsonOutlet(source: DashboardSource): Outlet {
  return {
    methods: ['GET', 'HEAD'],
    guard: 'read',
    answer: ({ response, query }: Exchange) => {
      requireNoQuery(query);
      const newest = source.newest();
      if (newest === null)
        throw new HttpRefusal(
          503,
          'TR_REQUEST_LIMIT',
          { what: 'There are no measurements yet.' },
          { 'retry-after': '1' },
        );
      answerText(response, 200, `${newest.text}\n`);
    },
  };
}

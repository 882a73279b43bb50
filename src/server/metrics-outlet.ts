import type { Outlet } from './outlet.js';
import { requireNoQuery } from './request-query.js';

/** A text in Prometheus' exposition format, and its content type. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** `GET /metrics`: for Prometheus. */
export function metricsOutlet(metrics: MetricsText): Outlet {
  return {
    methods: ['GET', 'HEAD'],
    guard: 'read',
    answer: async ({ response, query }) => {
      requireNoQuery(query);
      const text = await metrics.text();
      response.writeHead(200, {
        'content-type': metrics.contentType,
        'content-length': Buffer.byteLength(text),
        'cache-control': 'no-store',
      });
      response.end(text);
    },
  };
}

import type { LinkProgress, LinkReport } from '../../src/link/link-progress.js';
import type { LinkSettings } from '../../src/link/link-settings.js';
import type { LinkFigures } from './bench-results.js';

/** From the bench to the process that runs a link. Sent over the process's channel: settings hold passwords. */
export type ToLinkChild =
  | {
      readonly kind: 'start';
      readonly settings: LinkSettings;
      /** The GTID set to reach; null: follow until told to stop. */
      readonly until: string | null;
      /** `process.hrtime` (one clock for all processes of a machine), ns, just before the process was started. */
      readonly spawnedAtNs: string;
    }
  | { readonly kind: 'stop' };

/** From the process that runs a link to the bench. */
export type FromLinkChild =
  | { readonly kind: 'progress'; readonly progress: LinkProgress }
  | {
      readonly kind: 'done';
      readonly report: LinkReport;
      /** From `Link.run` being called to its promise being kept. */
      readonly seconds: number;
      readonly figures: LinkFigures;
    }
  | { readonly kind: 'failed'; readonly text: string };

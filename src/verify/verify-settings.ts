import type { ServerAddress } from '../mysql/server-address.js';
import type { VerifyFilter } from './verify-filter.js';

/** What is compared, and how hard the servers are worked for it. */
export interface VerifySettings {
  readonly source: ServerAddress;
  readonly replica: ServerAddress;
  readonly filter: VerifyFilter;
  /** Chunks compared at one time: so many sessions on each server, and one more. */
  readonly parallel: number;
  /** What reading one chunk should take. */
  readonly chunkMs: number;
  /** No new chunk while Threads_running is above this on either server; 0: whatever the load. */
  readonly threadsMax: number;
  /** A second look waits for a replica that does not advance for at most this long; 0: nobody writes, nothing is waited for. */
  readonly stalledMsMax: number;
  /** Differing rows of each table that are named. */
  readonly rowsNamedMax: number;
  /** Where to keep how far the comparison is, and to go on from; null: nowhere. */
  readonly stateFile: string | null;
}

/** The limits of what the command line takes. */
export const verifyLimits = {
  parallel: { default: 2, min: 1, max: 32 },
  chunkMs: { default: 500, min: 10, max: 60_000 },
  threads: { default: 0, min: 0, max: 100_000 },
  stalledSeconds: { default: 60, min: 0, max: 86_400 },
  rowsNamed: { default: 20, min: 1, max: 100 },
} as const;

import type { DigestForm } from './chunk-statements.js';
import type { ReplicaProgress } from './replica-progress.js';
import type { ReadMeter } from './read-meter.js';

/** What every step of a comparison needs. */
export interface CompareContext {
  readonly progress: ReplicaProgress;
  readonly forms: { readonly source: DigestForm; readonly replica: DigestForm };
  readonly meter: ReadMeter;
  /** Milliseconds that one statement over a chunk may take before the chunk is cut smaller. */
  readonly statementMsMax: number;
  readonly signal: AbortSignal;
}

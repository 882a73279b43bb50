/**
 * What becomes of a link that an error has stopped, at its checkpoint, in a `tailrace run`.
 *
 * - `passes`: the network, or a server's restart, mends it: tried again soon.
 * - `curable`: somebody can mend it from outside, and then the link may go on as it is: tried again every 30 s.
 * - `never`: a person has to decide something first. So it is with data that differs, also where a change that fits
 *   would come next.
 */
export type Retry = 'passes' | 'curable' | 'never';

/** What a code means, what to do when nothing more precise is known, how the process ends, and whether `run` tries again. */
export interface CatalogueEntry {
  readonly meaning: string;
  readonly cure: string;
  readonly exitCode: number;
  readonly retry: Retry;
}

export const entry = (
  exitCode: number,
  meaning: string,
  cure: string,
  retry: Retry = 'never',
): CatalogueEntry => ({ meaning, cure, exitCode, retry });

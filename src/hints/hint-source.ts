import type { SourceInputs } from './hint-inputs.js';
import type { HintSettings } from './hint-settings.js';
import type { SourceHint } from './hints.js';

/**
 * What is told about the source. It takes part of the reads when the weight that the replicas have left is below
 * `spillBelowShare` of what they have in full: just enough to make up for what is missing, and never more than its budget.
 */
export function hintSource(
  inputs: SourceInputs,
  weights: { readonly left: number; readonly full: number },
  settings: HintSettings,
): SourceHint {
  const { id, reachable, writable } = inputs;
  if (reachable === false)
    return {
      id,
      state: 'down',
      writes: 'no',
      readShare: 0,
      reason: 'it does not answer: no writes; reads continue on replicas',
    };
  const state = reachable === null ? 'unknown' : 'up';
  const writes = writable === null ? 'unknown' : writable ? 'yes' : 'no';
  const writeWords = { yes: '', no: '; it takes no writes', unknown: '' }[writes];
  if (weights.left === 0) {
    const readShare = settings.spillShareMaxAlone;
    const reason =
      weights.full === 0
        ? `there are no replicas to read${writeWords}`
        : `no replica can be read: it takes ${percent(readShare)} of the reads${writeWords}`;
    return { id, state, writes, readShare, reason };
  }
  const leftShare = weights.full === 0 ? 1 : weights.left / weights.full;
  if (leftShare >= settings.spillBelowShare)
    return { id, state, writes, readShare: 0, reason: `the replicas carry the reads${writeWords}` };
  const missing = 1 - leftShare / settings.spillBelowShare;
  const readShare = Math.min(settings.spillShareMax, missing);
  const reason = `the replicas have ${percent(leftShare)} of their weight left: it takes ${percent(readShare)} of the reads${writeWords}`;
  return { id, state, writes, readShare, reason };
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

import { durationWords } from '../lag/duration-words.js';
import { originWords } from '../lag/lag-reason.js';
import type { HintSettings } from './hint-settings.js';
import type { ReplicaInputs } from './hint-inputs.js';
import { isBroken, needsSomebody, standingWords } from './link-standing.js';
import { type OwnState, rankOf } from './replica-memory.js';

/** What a replica's figures ask for now, and why. */
export interface Judgement {
  readonly wanted: OwnState;
  readonly reason: string;
  /** It cannot be read at all: no hold, and no floor keeps it. */
  readonly unusable: boolean;
  /** Nothing can come to a replica whose link has failed: no hold before it falls. */
  readonly atOnce: boolean;
}

/**
 * What the figures of a replica ask for, given the state that it is in: thresholds to leave a state lie below those to enter it, so that a
 * lag which trembles around one of them changes nothing. A lag that is unknown but bounded is judged by its bound.
 */
export function judgeReplica(
  inputs: ReplicaInputs,
  own: OwnState,
  sourceIsDown: boolean,
  settings: HintSettings,
): Judgement {
  const words = isBroken(inputs.link) ? standingWords(inputs.link) : null;
  const unusable = inputs.fault ?? (inputs.reachable === false ? 'it does not answer' : null);
  if (unusable !== null)
    return { wanted: 'ejected', reason: join(unusable, words), unusable: true, atOnce: true };
  const byFigures = byAge(inputs, own, settings);
  const judged = sourceIsDown ? whileDown(byFigures, inputs, own) : byFigures;
  if (!needsSomebody(inputs.link))
    return { ...judged, reason: join(judged.reason, words), unusable: false, atOnce: false };
  // Its data only grows older from now on; those that are all in the same trouble still share the reads.
  const wanted = rankOf(judged.wanted) < rankOf('degraded') ? 'degraded' : judged.wanted;
  return { wanted, reason: join(words, judged.reason), unusable: false, atOnce: true };
}

const join = (...words: readonly (string | null)[]): string => words.filter((one) => one !== null).join('; ');

type Wanted = Pick<Judgement, 'wanted' | 'reason'>;

/**
 * While the source is down nothing newer is known to exist: the age of the data grows everywhere, and is held against nobody who is read.
 * One that is out may come back unless it is known to lack something.
 */
function whileDown(judged: Wanted, { lagMicros, lagAtMostMicros }: ReplicaInputs, own: OwnState): Wanted {
  const isOut = own === 'ejected' || own === 'unknown';
  if (isOut && lagMicros !== null) return judged;
  const kept = isOut ? 'degraded' : own;
  if (rankOf(judged.wanted) <= rankOf(kept)) return judged;
  return { wanted: kept, reason: `the source is down; ${ageWords(lagMicros ?? lagAtMostMicros)}` };
}

const ageWords = (micros: number | null): string =>
  micros === null ? 'the age of its data is unknown' : `the data is at most ${durationWords(micros)} old`;

/** Why a lag is unknown, the link has told already where it is broken. */
const unknownWords = ({ link, lagReason, lagAtMostMicros }: ReplicaInputs): string =>
  isBroken(link) ? ageWords(lagAtMostMicros) : lagReason;

function byAge(inputs: ReplicaInputs, own: OwnState, settings: HintSettings): Wanted {
  const beyondMicros = inputs.lagMicros ?? boundBeyondDelay(inputs);
  if (beyondMicros === null) return { wanted: 'unknown', reason: unknownWords(inputs) };
  return byLag(beyondMicros, own, inputs, settings);
}

function boundBeyondDelay({ lagAtMostMicros, delayMicros }: ReplicaInputs): number | null {
  return lagAtMostMicros === null ? null : Math.max(0, lagAtMostMicros - delayMicros);
}

function byLag(beyondMicros: number, own: OwnState, inputs: ReplicaInputs, settings: HintSettings): Wanted {
  const beyondMs = beyondMicros / 1_000;
  const wasOut = own === 'ejected' || own === 'unknown';
  const ejectMs = wasOut ? settings.ejectUntilMs : settings.ejectAboveMs;
  const degradeMs = own === 'serving' ? settings.degradeAboveMs : settings.degradeUntilMs;
  const behind = beyondMicros === 0 ? 'caught up' : `${durationWords(beyondMicros)} behind`;
  const lag = inputs.lagMicros === null ? unknownWords(inputs) : `${behind}${originWords(inputs)}`;
  const more = (limitMs: number, leaves: string | null): string =>
    `${lag}${leaves === null ? ', more than' : `; ${leaves} below`} ${durationWords(limitMs * 1_000)}`;
  if (beyondMs > ejectMs) return { wanted: 'ejected', reason: more(ejectMs, wasOut ? 'comes back' : null) };
  if (beyondMs > degradeMs)
    return { wanted: 'degraded', reason: more(degradeMs, own === 'degraded' ? 'serves again' : null) };
  return { wanted: 'serving', reason: lag };
}

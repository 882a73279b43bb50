import { durationWords } from '../lag/duration-words.js';
import type { HintSettings } from './hint-settings.js';
import type { ReplicaInputs } from './hint-inputs.js';
import { type OwnState, rankOf } from './replica-memory.js';

/** What a replica's figures ask for now, and why. */
export interface Judgement {
  readonly wanted: OwnState;
  readonly reason: string;
  /** It cannot be read at all: no hold, and no floor keeps it. */
  readonly unusable: boolean;
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
  if (inputs.fault !== null) return { wanted: 'ejected', reason: inputs.fault, unusable: true };
  if (inputs.reachable === false) return { wanted: 'ejected', reason: 'it does not answer', unusable: true };
  const judged = byAge(inputs, own, settings);
  return { ...(sourceIsDown ? whileDown(judged, inputs, own) : judged), unusable: false };
}

type Wanted = Omit<Judgement, 'unusable'>;

/**
 * While the source is down nothing newer is known to exist: the age of the data grows everywhere, and is held against nobody who is read.
 * One that is out may come back unless it is known to lack something.
 */
function whileDown(judged: Wanted, { lagMicros, lagAtMostMicros }: ReplicaInputs, own: OwnState): Wanted {
  const isOut = own === 'ejected' || own === 'unknown';
  if (isOut && lagMicros !== null) return judged;
  const kept = isOut ? 'degraded' : own;
  if (rankOf(judged.wanted) <= rankOf(kept)) return judged;
  const age = lagMicros ?? lagAtMostMicros;
  const old =
    age === null ? 'how old the data is cannot be told' : `the data is at most ${durationWords(age)} old`;
  return { wanted: kept, reason: `the source is down; ${old}` };
}

function byAge(inputs: ReplicaInputs, own: OwnState, settings: HintSettings): Wanted {
  const beyondMicros = inputs.lagMicros ?? boundBeyondDelay(inputs);
  if (beyondMicros === null) return { wanted: 'unknown', reason: inputs.lagReason };
  return byLag(beyondMicros, own, inputs, settings);
}

function boundBeyondDelay({ lagAtMostMicros, delayMicros }: ReplicaInputs): number | null {
  return lagAtMostMicros === null ? null : Math.max(0, lagAtMostMicros - delayMicros);
}

function byLag(
  beyondMicros: number,
  own: OwnState,
  { lagMicros, lagReason }: ReplicaInputs,
  settings: HintSettings,
): Wanted {
  const beyondMs = beyondMicros / 1_000;
  const wasOut = own === 'ejected' || own === 'unknown';
  const ejectMs = wasOut ? settings.ejectUntilMs : settings.ejectAboveMs;
  const degradeMs = own === 'serving' ? settings.degradeAboveMs : settings.degradeUntilMs;
  const behind = beyondMicros === 0 ? 'level' : `${durationWords(beyondMicros)} behind`;
  const lag = lagMicros === null ? lagReason : behind;
  const more = (limitMs: number): string => `${lag}, more than ${durationWords(limitMs * 1_000)}`;
  if (beyondMs > ejectMs) return { wanted: 'ejected', reason: more(ejectMs) };
  if (beyondMs > degradeMs) return { wanted: 'degraded', reason: more(degradeMs) };
  return { wanted: 'serving', reason: lag };
}

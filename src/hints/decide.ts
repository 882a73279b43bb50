import { TailraceError } from '../errors/tailrace-error.js';
import { durationWords } from '../lag/duration-words.js';
import { followReplica } from './follow-replica.js';
import type { AdminOrder, HintInputs, ReplicaInputs } from './hint-inputs.js';
import type { HintSettings } from './hint-settings.js';
import { hintSource } from './hint-source.js';
import { type Hints, isRead, type ReplicaHint, type ReplicaState, type StateChange } from './hints.js';
import { type Considered, keepFloor } from './keep-floor.js';
import { tellSame } from './tell-same.js';
import type { ReplicaMemory } from './replica-memory.js';
import { summarize } from './summarize-hints.js';
import { weighReplica } from './weigh-replica.js';

/** A decision: what is told, and what the next decision has to know. */
export interface Decision {
  readonly hints: Hints;
  readonly memory: readonly ReplicaMemory[];
  /** The states that changed with this decision, by id. */
  readonly changes: readonly StateChange[];
}

/**
 * Decides who may be read. Pure: the same arguments give the same decision, in whatever order the replicas come. `previous` is the last
 * decision, null at the start; `nowMs` is milliseconds since 1970 (should that clock go back, time stands still). Inputs of an older
 * epoch than the previous decision's are about a source that is none any more: they change nothing.
 *
 * Throws `TR_INTERNAL` when two replicas have one id.
 */
export function decide(
  previous: Decision | null,
  inputs: HintInputs,
  settings: HintSettings,
  nowMs: number,
): Decision {
  if (previous !== null && inputs.epoch < previous.hints.epoch) return { ...previous, changes: [] };
  const atMs = Math.max(nowMs, previous?.hints.atMs ?? 0);
  const considered = consider(previous, inputs, settings, atMs);
  const kept = keepFloor(considered, settings, atMs);
  const decided = considered.map((one) =>
    conclude(one, kept.has(one.inputs.id), previous === null, settings, atMs),
  );

  const left = sum(decided.map(({ hint }) => hint.weight));
  const full = sum(considered.map(({ inputs: { weight }, isOrderedOut }) => (isOrderedOut ? 0 : weight)));
  const source = hintSource(inputs.source, { left, full }, settings);
  const readShare = left === 0 ? 1 : 1 - source.readShare;
  const replicas = decided.map(({ hint }) => ({
    ...hint,
    share: left === 0 ? 0 : (hint.weight / left) * readShare,
  }));
  const told = { epoch: inputs.epoch, atMs, source, replicas, summary: summarize({ source, replicas }) };
  const version = versionOf(previous?.hints ?? null, told);
  return {
    hints: { ...told, version },
    memory: decided.map(({ memory }) => memory),
    changes: changesOf(
      previous,
      decided.map(({ hint }) => hint),
      atMs,
    ),
  };
}

/** Each replica with its own state, in the order of ids. */
function consider(
  previous: Decision | null,
  inputs: HintInputs,
  settings: HintSettings,
  nowMs: number,
): Considered[] {
  const remembered = new Map(previous?.memory.map((memory) => [memory.id, memory]));
  const around = {
    sourceIsDown: inputs.source.reachable === false,
    isFirst: previous === null,
    settings,
    nowMs,
  };
  const sorted = [...inputs.replicas].sort((a, b) => (a.id < b.id ? -1 : 1));
  const doubled = sorted.find(({ id }, at) => sorted[at + 1]?.id === id);
  if (doubled !== undefined)
    throw new TailraceError('TR_INTERNAL', { what: `Two replicas have the name ${doubled.id}.` });
  return sorted.map((replica) => {
    const followed = followReplica(remembered.get(replica.id) ?? null, replica, around);
    return { ...followed, inputs: replica, isOrderedOut: orderInForce(replica, nowMs) !== null };
  });
}

function orderInForce({ admin }: ReplicaInputs, nowMs: number): AdminOrder | null {
  return admin !== null && nowMs < admin.untilMs ? admin : null;
}

interface Concluded {
  readonly hint: ReplicaHint;
  readonly memory: ReplicaMemory;
}

/** What is shown of a replica: what is ordered comes first, then the floor, then its own state. */
function conclude(
  one: Considered,
  isKept: boolean,
  isFirst: boolean,
  settings: HintSettings,
  nowMs: number,
): Concluded {
  const { inputs } = one;
  const order = orderInForce(inputs, nowMs);
  const state: ReplicaState = order !== null ? order.order : isKept ? 'degraded' : one.memory.own;
  const comesBack = !isFirst && !isRead(one.memory.state) && isRead(state);
  const memory: ReplicaMemory = {
    ...one.memory,
    keptSinceMs: isKept ? (one.memory.keptSinceMs ?? nowMs) : null,
    // Whatever kept it away, its caches are cold and its connections closed.
    rampSinceMs: comesBack ? nowMs : one.memory.rampSinceMs,
    state,
    sinceMs: one.memory.state === state ? one.memory.sinceMs : nowMs,
  };
  const weighed = isRead(state)
    ? weighReplica(inputs.weight, memory, state === 'degraded', settings, nowMs)
    : { weight: 0, reason: '' };
  const why = order !== null ? orderWords(order, nowMs) : isKept ? keptWords(one, settings) : one.reason;
  const reason = weighed.reason === '' ? why : `${why}; ${weighed.reason}`;
  const { id, zone, lagMicros, lagAtMostMicros, delayMicros, gtidExecuted, link } = inputs;
  const { originLagMicros, originAtMostMicros } = inputs;
  const shown = {
    ...{ id, zone, lagMicros, lagAtMostMicros, delayMicros, gtidExecuted, link },
    ...{ originLagMicros, originAtMostMicros, maxLagFrom: settings.maxLagFrom },
  };
  return {
    memory,
    hint: {
      ...shown,
      state,
      sinceMs: memory.sinceMs,
      reason,
      weight: weighed.weight,
      fullWeight: inputs.weight,
      share: 0,
    },
  };
}

function orderWords({ order, untilMs, note }: AdminOrder, nowMs: number): string {
  const what = order === 'drain' ? 'it is being drained' : 'it is in maintenance';
  const left = durationWords((untilMs - nowMs) * 1_000);
  return `${what}, for another ${left}${note === '' ? '' : `: ${note}`}`;
}

function keptWords({ reason }: Considered, { floorReplicas }: HintSettings): string {
  const others = floorReplicas === 1 ? 'no other replica can be read' : 'too few others can be read';
  return `${reason}; kept at reduced weight because ${others}`;
}

/**
 * The previous one if nothing else is told; or else a later one, which is also later than all that was told before a restart, given that
 * the clock is right and changes come less than once a millisecond.
 */
function versionOf(previous: Hints | null, told: Omit<Hints, 'version'>): number {
  if (previous !== null && tellSame(previous, told)) return previous.version;
  return Math.max(Math.floor(told.atMs), (previous?.version ?? 0) + 1);
}

function changesOf(previous: Decision | null, replicas: readonly ReplicaHint[], atMs: number): StateChange[] {
  const before = new Map(previous?.memory.map(({ id, state }) => [id, state]));
  return replicas
    .filter(({ id, state }) => before.get(id) !== state)
    .map(({ id, state, reason }) => ({ id, from: before.get(id) ?? null, to: state, atMs, reason }));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

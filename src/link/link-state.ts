import { TailraceError } from '../errors/tailrace-error.js';

/** What a link is doing; docs/architecture.md says what each state means. */
export const linkStates = [
  'starting',
  'recovering',
  'catching-up',
  'following',
  'reconnecting',
  'stopping',
  'stopped',
  'failed',
] as const;

export type LinkState = (typeof linkStates)[number];

/**
 * What moves a link:
 *
 * - `attempt`: it connects to both servers, for the first time or again.
 * - `torn`: the checkpoint holds an epoch that only some lanes have committed.
 * - `apply`: the checkpoint is whole, and the stream is read from there.
 * - `caught-up`: everything that has arrived is applied.
 * - `fell-behind`: more than one transaction waits.
 * - `lost`: the attempt failed, and there will be another one.
 * - `failed`: the attempt failed, and there will be none.
 * - `stop`: somebody asks it to stop.
 * - `ended`: it has ended at an epoch boundary, by its goal or because of `stop`.
 */
export const linkEvents = [
  'attempt',
  'torn',
  'apply',
  'caught-up',
  'fell-behind',
  'lost',
  'failed',
  'stop',
  'ended',
] as const;

export type LinkEvent = (typeof linkEvents)[number];

type Transitions = Readonly<Record<LinkState, Readonly<Record<LinkEvent, LinkState | 'stays' | 'never'>>>>;

/** Every state and every event. `never`: the event cannot come in this state; if it does, that is a defect. */
export const linkTransitions: Transitions = {
  starting: {
    attempt: 'stays',
    torn: 'recovering',
    apply: 'catching-up',
    'caught-up': 'never',
    'fell-behind': 'never',
    lost: 'reconnecting',
    failed: 'failed',
    stop: 'stopping',
    ended: 'stopped',
  },
  recovering: {
    attempt: 'never',
    torn: 'never',
    apply: 'catching-up',
    'caught-up': 'never',
    'fell-behind': 'never',
    lost: 'reconnecting',
    failed: 'failed',
    stop: 'stopping',
    ended: 'never',
  },
  'catching-up': {
    attempt: 'never',
    torn: 'never',
    apply: 'never',
    'caught-up': 'following',
    'fell-behind': 'stays',
    lost: 'reconnecting',
    failed: 'failed',
    stop: 'stopping',
    ended: 'stopped',
  },
  following: {
    attempt: 'never',
    torn: 'never',
    apply: 'never',
    'caught-up': 'stays',
    'fell-behind': 'catching-up',
    lost: 'reconnecting',
    failed: 'failed',
    stop: 'stopping',
    ended: 'stopped',
  },
  reconnecting: {
    attempt: 'starting',
    torn: 'never',
    apply: 'never',
    'caught-up': 'never',
    'fell-behind': 'never',
    lost: 'never',
    failed: 'never',
    stop: 'stopping',
    ended: 'never',
  },
  stopping: {
    attempt: 'stays',
    torn: 'stays',
    apply: 'stays',
    'caught-up': 'stays',
    'fell-behind': 'stays',
    lost: 'never',
    failed: 'never',
    stop: 'stays',
    ended: 'stopped',
  },
  stopped: {
    attempt: 'starting',
    torn: 'never',
    apply: 'never',
    'caught-up': 'never',
    'fell-behind': 'never',
    lost: 'never',
    failed: 'never',
    stop: 'stays',
    ended: 'never',
  },
  failed: {
    attempt: 'starting',
    torn: 'never',
    apply: 'never',
    'caught-up': 'never',
    'fell-behind': 'never',
    lost: 'never',
    failed: 'never',
    stop: 'stays',
    ended: 'never',
  },
};

/** The state after an event. Throws TR_INTERNAL for one that cannot come. */
export function nextState(state: LinkState, event: LinkEvent): LinkState {
  const next = linkTransitions[state][event];
  if (next === 'never') {
    throw new TailraceError('TR_INTERNAL', { what: `event ${event} came to a link that is ${state}` });
  }
  return next === 'stays' ? state : next;
}

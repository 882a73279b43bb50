import { needsSomebody } from './link-standing.js';
import { type Hints, type ReplicaHint, type ReplicaState, replicaStates } from './hints.js';

/** The whole in one sentence: `2 of 3 replicas serve, 1 is ejected; the source is up`. */
export function summarize({ source, replicas }: Pick<Hints, 'source' | 'replicas'>): string {
  const others = replicaStates
    .filter((state) => state !== 'serving')
    .map((state) => words(state, count(replicas, state)))
    .filter((text) => text !== '');
  const serving = servingWords(count(replicas, 'serving'), replicas.length);
  const failed = replicas.filter(({ link }) => needsSomebody(link)).length;
  const links = failed === 0 ? '' : failed === 1 ? '; 1 link has stopped' : `; ${failed} links have stopped`;
  const spill =
    source.readShare > 0 ? ` and takes up to ${Math.round(source.readShare * 100)} % of the reads` : '';
  const writes = source.writes === 'no' ? ', no writes' : '';
  const state = source.state === 'unknown' ? 'not known to be up' : source.state;
  return `${[serving, ...others].join(', ')}${links}; the source is ${state}${spill}${writes}`;
}

const servingWords = (serving: number, all: number): string =>
  `${serving} of ${all} ${all === 1 ? 'replica' : 'replicas'} ${serving === 1 || all === 1 ? 'serves' : 'serve'}`;

function count(replicas: readonly ReplicaHint[], state: ReplicaState): number {
  return replicas.filter((replica) => replica.state === state).length;
}

function words(state: ReplicaState, replicas: number): string {
  if (replicas === 0) return '';
  const verb = replicas === 1 ? 'is' : 'are';
  switch (state) {
    case 'drain':
      return `${replicas} ${verb} drained`;
    case 'maint':
      return `${replicas} ${verb} in maintenance`;
    default:
      return `${replicas} ${verb} ${state}`;
  }
}

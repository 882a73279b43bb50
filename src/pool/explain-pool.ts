import type { Candidate } from '../hints/route.js';
import type { Guidance, Guide } from './guidance.js';
import type { NodeExplanation, PoolExplanation } from './pool-explanation.js';
import type { PoolNode } from './pool-node.js';
import type { ReadDesk } from './read-desk.js';
import type { ReadRequest } from './read-request.js';
import type { SourceBudget } from './source-budget.js';

export interface ExplainedParts {
  readonly guidance: Guidance;
  readonly nodes: ReadonlyMap<string, PoolNode>;
  readonly reads: ReadDesk;
  readonly request: ReadRequest;
  readonly budget: SourceBudget;
}

/** See `ReplicaPool.explain`. */
export function explainPool(parts: ExplainedParts): PoolExplanation {
  const { guidance, nodes, reads } = parts;
  const guide = guidance.current();
  return {
    origin: guide?.origin ?? 'none',
    hints: guidance.words,
    hintsAgeMs: guide?.ageMs ?? null,
    epoch: guide?.hints.epoch ?? null,
    summary: guide?.hints.summary ?? 'nothing is known of any server yet',
    nodes: [...nodes.values()].map((node) => explainNode(node, guidance.sourceId, guide)),
    lastPicks: [...reads.picks],
    next: explainNext(parts, guide),
  };
}

function explainNode(node: PoolNode, sourceId: string, guide: Guide | null): NodeExplanation {
  const { id, settings, inFlight, down } = node;
  const shown = {
    id,
    inFlight,
    connectionsMax: settings.connectionsMax,
    circuit: down === null ? 'closed' : 'open',
    circuitReason: down,
  } as const;
  const none = {
    weight: 0,
    zone: settings.zone,
    lagMicros: null,
    lagAtMostMicros: null,
    originLagMicros: null,
    link: null,
  };
  if (id === sourceId) {
    const { state = 'unknown', reason = 'nothing is known yet' } = guide?.hints.source ?? {};
    return { ...shown, ...none, kind: 'source', state, reason };
  }
  const hint = guide?.hints.replicas.find((replica) => replica.id === id);
  if (hint === undefined) {
    const reason = guide === null ? 'nothing is known yet' : 'the hints do not name it: it is not read';
    return { ...shown, ...none, kind: 'replica', state: 'unnamed', reason };
  }
  const { state, reason, weight, zone, lagMicros, lagAtMostMicros, originLagMicros, link } = hint;
  return {
    ...shown,
    kind: 'replica',
    state,
    reason,
    weight,
    zone,
    lagMicros,
    lagAtMostMicros,
    originLagMicros,
    link,
  };
}

function explainNext(
  { nodes, reads, request, budget }: ExplainedParts,
  guide: Guide | null,
): PoolExplanation['next'] {
  if (guide === null)
    return {
      candidates: [],
      refused: [],
      sentence: 'It would wait until something is known of the servers.',
    };
  const { candidates, refused } = reads.routeNow(request, guide);
  const closed = candidates.flatMap(({ id }) => {
    const reason = nodes.get(id)?.closed ?? null;
    return reason === null ? [] : [{ id, reason }];
  });
  const open = candidates.filter(({ id }) => !closed.some((one) => one.id === id));
  const spared = request.isStrongByWish ? null : budget.refusal(performance.now());
  return {
    candidates: open.map(({ id, kind, tier, reason }) => ({ id, kind, tier, reason })),
    refused: [
      ...refused,
      ...closed,
      ...guide.unnamed.map((id) => ({ id, reason: 'the hints do not name it' })),
    ],
    sentence: sentenceOf(open, spared),
  };
}

function sentenceOf(open: readonly Candidate[], spared: string | null): string {
  const [first] = open;
  if (first === undefined) return 'It would wait: no server may answer it.';
  const same = open.filter(({ tier }) => tier === first.tier);
  if (first.kind === 'source' && same.length === 1 && spared !== null)
    return `It would wait, or be refused: ${spared}.`;
  const names = same.map(({ id }) => id).join(' or ');
  const waits = first.mustWait ? ', which would be waited for' : '';
  return `It would go to ${names}${waits}: ${first.reason}.`;
}

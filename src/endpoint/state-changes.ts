import type { Hints } from '../hints/hints.js';
import type { LinkState } from '../link/link-state.js';
import type { ChangeJson } from '../server/dashboard/dashboard-json.js';

const changesMax = 200;

/** Under load a link goes to and fro between these many times a second: for a person it runs. */
const linkWords: Readonly<Record<LinkState, readonly [state: string, reason: string]>> = {
  starting: ['starting', 'the link connects to both servers'],
  recovering: ['recovering', 'an epoch that a crash had broken is completed'],
  'catching-up': ['running', 'the link applies what the source sends'],
  following: ['running', 'the link applies what the source sends'],
  reconnecting: ['reconnecting', 'a server went away; the link will go on from its checkpoint'],
  stopping: ['stopping', 'the link was asked to stop'],
  stopped: ['stopped', 'the link has stopped at its checkpoint'],
  failed: ['failed', 'the link has stopped on an error; it needs you'],
};

interface Numbered {
  readonly seq: number;
  readonly change: ChangeJson;
}

/** The last changes of state of replicas, links and the source, with the reasons for them. */
export class StateChanges {
  readonly #changes: Numbered[] = [];
  readonly #states = new Map<string, string>();
  /** Of the frame that is told next. */
  seq = 1;

  /** A decision: what changed since the last one. */
  decided({ atMs, source, replicas }: Hints): void {
    this.#state({ at_ms: atMs, kind: 'source', id: source.id, to: source.state, reason: source.reason });
    for (const { id, state, reason } of replicas)
      this.#state({ at_ms: atMs, kind: 'replica', id, to: state, reason });
  }

  /** Where a link stands; `trouble` says what interrupted it. */
  link(atMs: number, id: string, state: LinkState, trouble: string | null): void {
    const [to, words] = linkWords[state];
    const isTrouble = state === 'reconnecting' || state === 'failed';
    this.#state({ at_ms: atMs, kind: 'link', id, to, reason: (isTrouble ? trouble : null) ?? words });
  }

  /** Those that frames after `seq` tell, oldest first. */
  after(seq: number): readonly ChangeJson[] {
    return this.#changes.filter((one) => one.seq > seq).map(({ change }) => change);
  }

  #state(change: Omit<ChangeJson, 'from'>): void {
    const name = `${change.kind} ${change.id}`;
    const from = this.#states.get(name) ?? null;
    if (from === change.to) return;
    this.#states.set(name, change.to);
    this.#changes.push({ seq: this.seq, change: { ...change, from } });
    if (this.#changes.length > changesMax) this.#changes.shift();
  }
}

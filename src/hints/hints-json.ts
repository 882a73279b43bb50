import { TailraceError } from '../errors/tailrace-error.js';
import { GtidSet } from '../gtid/gtid-set.js';
import { GtidKeyframe } from './gtid-keyframe.js';
import { type LinkStanding, linkStandingStates } from './link-standing.js';
import { type Hints, maxLagOrigins, type ReplicaHint, replicaStates, type SourceHint } from './hints.js';

/** Hints name at most so many replicas; what names more is refused. */
const replicasMax = 1_000;

/** What hints look like on the wire. */
export interface HintsJson {
  readonly epoch: number;
  readonly version: number;
  readonly at_ms: number;
  readonly summary: string;
  readonly source: {
    readonly id: string;
    readonly state: string;
    readonly writes: string;
    readonly read_share: number;
    readonly reason: string;
  };
  readonly replicas: readonly ReplicaHintJson[];
  /** Only where what was added to a keyframe is told. */
  readonly gtid_keyframe?: number;
}

export interface ReplicaHintJson {
  readonly id: string;
  readonly state: string;
  readonly since_ms: number;
  readonly reason: string;
  readonly weight: number;
  readonly full_weight: number;
  readonly share: number;
  readonly zone: string | null;
  readonly lag_micros: number | null;
  readonly lag_at_most_micros: number | null;
  readonly delay_micros: number;
  readonly origin_lag_micros: number | null;
  readonly origin_at_most_micros: number | null;
  readonly max_lag_from: string;
  readonly gtid_executed: string | null;
  readonly gtid_added?: string | null;
  readonly link: LinkStandingJson | null;
}

export interface LinkStandingJson {
  readonly state: string;
  readonly since_ms: number;
  /** The next four are null when nothing interrupted it. */
  readonly code: string | null;
  readonly what: string | null;
  readonly why: string | null;
  readonly cure: string | null;
  readonly retry_at_ms: number | null;
}

export function hintsToJson(hints: Hints): HintsJson {
  return toJson(hints, ({ gtidExecuted }) => ({ gtid_executed: gtidExecuted?.toString() ?? null }));
}

/** The same for a listener that knows `keyframe`: `added` is what `additions` gave for these hints. */
export function hintsToShortJson(
  hints: Hints,
  keyframe: GtidKeyframe,
  added: ReadonlyMap<string, string>,
): HintsJson {
  return {
    ...toJson(hints, ({ id }) => ({ gtid_executed: null, gtid_added: added.get(id) ?? null })),
    gtid_keyframe: keyframe.number,
  };
}

type GtidFields = Pick<ReplicaHintJson, 'gtid_executed' | 'gtid_added'>;

function toJson(hints: Hints, gtidsOf: (replica: ReplicaHint) => GtidFields): HintsJson {
  const { id, state, writes, readShare, reason } = hints.source;
  return {
    epoch: hints.epoch,
    version: hints.version,
    at_ms: hints.atMs,
    summary: hints.summary,
    source: { id, state, writes, read_share: readShare, reason },
    replicas: hints.replicas.map((replica) => replicaToJson(replica, gtidsOf(replica))),
  };
}

function replicaToJson(replica: ReplicaHint, gtids: GtidFields): ReplicaHintJson {
  return {
    id: replica.id,
    state: replica.state,
    since_ms: replica.sinceMs,
    reason: replica.reason,
    weight: replica.weight,
    full_weight: replica.fullWeight,
    share: replica.share,
    zone: replica.zone,
    lag_micros: replica.lagMicros,
    lag_at_most_micros: replica.lagAtMostMicros,
    delay_micros: replica.delayMicros,
    origin_lag_micros: replica.originLagMicros,
    origin_at_most_micros: replica.originAtMostMicros,
    max_lag_from: replica.maxLagFrom,
    ...gtids,
    link: replica.link === null ? null : linkToJson(replica.link),
  };
}

/** Where a link stands, as every outlet tells it. */
export function linkToJson({ state, sinceMs, trouble, retryAtMs }: LinkStanding): LinkStandingJson {
  const { code = null, what = null, why = null, cure = null } = trouble ?? {};
  return { state, since_ms: sinceMs, code, what, why, cure, retry_at_ms: retryAtMs };
}

/**
 * Reads what `hintsToJson` gave, from somebody who need not be trusted. Fields that are not known are passed over, so that a newer
 * daemon can be read. `keyframe` is the last one that came before, where one did. Throws `TR_HINTS_INVALID`, and for a GTID set
 * `TR_GTID_SYNTAX`.
 */
export function hintsFromJson(value: unknown, keyframe: GtidKeyframe | null = null): Hints {
  const hints = new Fields('hints', value);
  const isShort = hints.value('gtid_keyframe') !== undefined;
  const known = isShort ? hints.keyframe('gtid_keyframe', keyframe) : null;
  const replicas = hints.list('replicas', replicasMax).map((one) => replicaFromJson(one, known));
  return {
    epoch: hints.number('epoch'),
    version: hints.number('version'),
    atMs: hints.number('at_ms'),
    summary: hints.text('summary'),
    source: sourceFromJson(hints.value('source')),
    replicas: replicas.sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

function sourceFromJson(value: unknown): SourceHint {
  const source = new Fields('source', value);
  return {
    id: source.text('id'),
    state: source.oneOf('state', ['up', 'down', 'unknown'] as const),
    writes: source.oneOf('writes', ['yes', 'no', 'unknown'] as const),
    readShare: source.number('read_share'),
    reason: source.text('reason'),
  };
}

function replicaFromJson(value: unknown, keyframe: GtidKeyframe | null): ReplicaHint {
  const replica = new Fields('replica', value);
  // An older daemon knows of one source only.
  const from =
    replica.value('max_lag_from') === undefined ? 'source' : replica.oneOf('max_lag_from', maxLagOrigins);
  const prefix = from === 'source' && replica.value('origin_lag_micros') === undefined ? '' : 'origin_';
  return {
    id: replica.text('id'),
    state: replica.oneOf('state', replicaStates),
    sinceMs: replica.number('since_ms'),
    reason: replica.text('reason'),
    weight: replica.number('weight'),
    fullWeight: replica.number('full_weight'),
    share: replica.number('share'),
    zone: replica.value('zone') === null ? null : replica.text('zone'),
    lagMicros: replica.numberOrNull('lag_micros'),
    lagAtMostMicros: replica.numberOrNull('lag_at_most_micros'),
    delayMicros: replica.number('delay_micros'),
    originLagMicros: replica.numberOrNull(`${prefix}lag_micros`),
    originAtMostMicros: replica.numberOrNull(prefix === '' ? 'lag_at_most_micros' : 'origin_at_most_micros'),
    maxLagFrom: from,
    gtidExecuted: gtidsFromJson(replica, keyframe),
    link: linkFromJson(replica.value('link') ?? null),
  };
}

function gtidsFromJson(replica: Fields, keyframe: GtidKeyframe | null): GtidSet | null {
  const text = replica.textOrNull(keyframe === null ? 'gtid_executed' : 'gtid_added');
  if (text === null) return null;
  return keyframe === null ? GtidSet.parse(text) : keyframe.whole(replica.text('id'), text);
}

/** Reads what `GtidKeyframe.toJson` gave. Errors as those of `hintsFromJson`. */
export function keyframeFromJson(value: unknown): GtidKeyframe {
  const keyframe = new Fields('keyframe', value);
  const sets = Object.entries(keyframe.object('sets')).map(
    ([id, text]) => [id, GtidSet.parse(String(text))] as const,
  );
  return new GtidKeyframe(keyframe.number('keyframe'), new Map(sets));
}

/** null: it is not told, as by older daemons. */
function linkFromJson(value: unknown): LinkStanding | null {
  if (value === null) return null;
  const link = new Fields('link', value);
  const code = link.textOrNull('code');
  return {
    state: link.oneOf('state', linkStandingStates),
    sinceMs: link.number('since_ms'),
    trouble:
      code === null
        ? null
        : { code, what: link.text('what'), why: link.textOrNull('why'), cure: link.text('cure') },
    retryAtMs: link.numberOrNull('retry_at_ms'),
  };
}

/** Fields of an object that came from outside; each is refused unless it is what it should be. */
class Fields {
  readonly #name: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(name: string, value: unknown) {
    this.#name = name;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.#invalid('no object');
    this.#fields = value as Record<string, unknown>;
  }

  value(field: string): unknown {
    return Object.hasOwn(this.#fields, field) ? this.#fields[field] : undefined;
  }

  /** The keyframe that the field names. */
  keyframe(field: string, known: GtidKeyframe | null): GtidKeyframe {
    if (known?.number !== this.number(field)) throw this.#invalid(`${field} names one that did not come`);
    return known;
  }

  object(field: string): Readonly<Record<string, unknown>> {
    const value = this.value(field);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#invalid(`${field} is no object`);
    return value as Record<string, unknown>;
  }

  text(field: string): string {
    const value = this.value(field);
    if (typeof value !== 'string') throw this.#invalid(`${field} is no text`);
    return value;
  }

  textOrNull(field: string): string | null {
    return this.value(field) === null ? null : this.text(field);
  }

  /** Every number in hints is a length, a time or a share: none is below zero. */
  number(field: string): number {
    const value = this.value(field);
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      throw this.#invalid(`${field} is no number of zero or more`);
    return value;
  }

  numberOrNull(field: string): number | null {
    return this.value(field) === null ? null : this.number(field);
  }

  oneOf<Value extends string>(field: string, values: readonly Value[]): Value {
    const text = this.text(field);
    const found = values.find((value) => value === text);
    if (found === undefined) throw this.#invalid(`${field} is none of ${values.join(', ')}`);
    return found;
  }

  list(field: string, max: number): readonly unknown[] {
    const value = this.value(field);
    if (!Array.isArray(value)) throw this.#invalid(`${field} is no list`);
    if (value.length > max) throw this.#invalid(`${field} has more than ${max} entries`);
    return value;
  }

  #invalid(why: string): TailraceError {
    return new TailraceError('TR_HINTS_INVALID', {
      what: `The response does not contain valid hints (${this.#name}).`,
      why,
    });
  }
}

import type { GtidSet } from '../gtid/gtid-set.js';
import { sameStanding } from './link-standing.js';
import type { Hints, ReplicaHint, SourceHint } from './hints.js';

/** Whether two hints tell the same, but for the time at which they were decided. */
export function tellSame(a: Omit<Hints, 'version'>, b: Omit<Hints, 'version'>): boolean {
  return (
    a.epoch === b.epoch &&
    a.replicas.length === b.replicas.length &&
    sameSource(a.source, b.source) &&
    a.replicas.every((replica, at) => sameReplica(replica, b.replicas[at]!))
  );
}

function sameSource(a: SourceHint, b: SourceHint): boolean {
  return (
    a.id === b.id &&
    a.state === b.state &&
    a.writes === b.writes &&
    a.readShare === b.readShare &&
    a.reason === b.reason
  );
}

function sameReplica(a: ReplicaHint, b: ReplicaHint): boolean {
  return (
    a.id === b.id &&
    a.state === b.state &&
    a.sinceMs === b.sinceMs &&
    a.reason === b.reason &&
    a.weight === b.weight &&
    a.fullWeight === b.fullWeight &&
    a.share === b.share &&
    a.zone === b.zone &&
    a.lagMicros === b.lagMicros &&
    a.lagAtMostMicros === b.lagAtMostMicros &&
    a.delayMicros === b.delayMicros &&
    a.originLagMicros === b.originLagMicros &&
    a.originAtMostMicros === b.originAtMostMicros &&
    a.maxLagFrom === b.maxLagFrom &&
    sameStanding(a.link, b.link) &&
    sameSet(a.gtidExecuted, b.gtidExecuted)
  );
}

function sameSet(a: GtidSet | null, b: GtidSet | null): boolean {
  return a === b || (a !== null && b !== null && a.equals(b));
}

import type { Logger } from 'pino';
import type { Goal, Until } from './goal.js';
import type { Source, SourceFacts } from '../source/source.js';
import type { StartPoint } from '../target/start-point.js';

/** What `until` means for this source, as it is now. */
export async function resolveGoal(
  until: Until,
  byGtid: boolean,
  facts: SourceFacts,
  source: Pick<Source, 'end'>,
): Promise<Goal> {
  switch (until.kind) {
    case 'forever':
      return { kind: 'never' };
    case 'gtid':
      return until;
    case 'position':
      return until;
    case 'now':
      return byGtid
        ? { kind: 'gtid', set: facts.executed }
        : { kind: 'position', position: await source.end() };
  }
}

/** A goal that the source cannot bring by itself is waited for, but not in silence. */
export function tellUnreachable(goal: Goal, source: SourceFacts, start: StartPoint, log: Logger): void {
  if (goal.kind !== 'gtid') return;
  const lacking = goal.set.subtract(source.executed).subtract(start.applied);
  if (lacking.isEmpty()) return;
  log.warn(
    { gtids: lacking.toString() },
    'neither source nor replica has these transactions of the goal: they are waited for',
  );
}

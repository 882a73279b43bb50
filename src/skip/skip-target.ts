import { parseBinlogPosition, type BinlogPosition } from '../binlog/binlog-position.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { isSid } from '../gtid/gtid-names.js';
import { GtidSet } from '../gtid/gtid-set.js';

/** The transaction that a user names. */
export type SkipTarget =
  | { readonly kind: 'gtid'; readonly gtid: string; readonly set: GtidSet }
  | { readonly kind: 'position'; readonly position: BinlogPosition };

/** Parses `UUID:NUMBER`, `UUID:TAG:NUMBER` or `FILE:POSITION`. Throws `TR_CONFIG_INVALID`, `TR_GTID_SYNTAX` or `TR_GTID_RANGE`. */
export function parseSkipTarget(text: string): SkipTarget {
  const trimmed = text.trim();
  if (!isSid(trimmed.split(':', 1)[0]!.trim()))
    return { kind: 'position', position: parseBinlogPosition(trimmed) };
  const set = GtidSet.parse(trimmed);
  if (set.count() === 1) return { kind: 'gtid', gtid: set.toString(), set };
  throw new TailraceError('TR_CONFIG_INVALID', {
    what: 'tailrace skip skips one transaction at a time, but several were given.',
    cure: 'Pass one GTID, such as 3e11fa47-71ca-11e1-9e33-c80aa9429562:57.',
  });
}

import { parseBinlogPosition } from '../binlog/binlog-position.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { isSid } from '../gtid/gtid-names.js';
import { GtidSet } from '../gtid/gtid-set.js';
import type { Until } from '../link/goal.js';

/** Parses `--until now|GTIDSET|FILE:POSITION`. Throws `TR_GTID_SYNTAX`, `TR_GTID_RANGE` or `TR_CONFIG_INVALID`. */
export function parseUntil(text: string): Until {
  const trimmed = text.trim();
  if (trimmed.toLowerCase() === 'now') return { kind: 'now' };
  if (!looksLikeGtids(trimmed) && /^[^,\s]+:\d+$/.test(trimmed)) {
    return { kind: 'position', position: parseBinlogPosition(trimmed) };
  }
  const set = GtidSet.parse(trimmed);
  if (set.isEmpty()) {
    throw new TailraceError('TR_CONFIG_INVALID', {
      what: '--until is empty.',
      cure: 'Pass now, a GTID set such as uuid:1-5, or a position such as binlog.000003:197.',
    });
  }
  return { kind: 'gtid', set };
}

/** A GTID and a position look alike but for what stands before the first colon. */
function looksLikeGtids(text: string): boolean {
  return isSid(text.split(':', 1)[0]!.trim());
}

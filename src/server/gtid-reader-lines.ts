import type { GtidSet } from '../gtid/gtid-set.js';
import type { GtidInterval } from '../gtid/parse-gtid-set.js';

/** So many transactions in a row are told one by one; more of them as an interval. */
const singlesMax = 8;

/**
 * The lines of ProxySQL's GTID readers (proxysql_mysqlbinlog; read by ProxySQL's GTID_Server_Data). UUIDs have no dashes outside of `ST`:
 *
 * - `ST=<uuid>:<first>-<last>,…`: what the server has executed. Each interval brings its UUID, and both ends also when it holds one
 *   transaction only: ProxySQL reads UUIDs and intervals in turns, and 2.x reads nothing but `<first>-<last>`.
 * - `I1=<uuid>:<n>`, `I2=<n>`: one more transaction; `I2` of the UUID that was named last.
 *
 * Tagged transactions are left out: the protocol has no word for them.
 */
export function gtidReaderGreeting(executed: GtidSet): string {
  return `ST=${[...untagged(executed)].map(intervalText).join(',')}\n`;
}

/**
 * What is told when `added` is executed besides. Readers of 3.0.8 and later would take `I3` and `I4` for an interval, those before lose
 * it; all of them take another `ST`. Behind it the last transaction is told once more alone, which makes them melt the interval with the one
 * before it: their lists would grow with every interval otherwise.
 */
export function gtidReaderLines(added: GtidSet): string {
  let text = '';
  let named = '';
  for (const interval of untagged(added)) {
    const uuid = interval.sid.replaceAll('-', '');
    let first = interval.first;
    if (interval.last - first >= singlesMax) {
      text += `ST=${intervalText({ ...interval, last: interval.last - 1 })}\n`;
      first = interval.last;
      named = '';
    }
    for (let gno = first; gno <= interval.last; gno += 1) {
      text += named === uuid ? `I2=${gno}\n` : `I1=${uuid}:${gno}\n`;
      named = uuid;
    }
  }
  return text;
}

function* untagged(set: GtidSet): Generator<GtidInterval> {
  for (const interval of set.intervals()) if (interval.tag === '') yield interval;
}

const intervalText = ({ sid, first, last }: GtidInterval): string => `${sid}:${first}-${last}`;

import type { Gtid } from '../../binlog/gtid-event.js';

/** `uuid:1`, or `uuid:tag:1`. */
export function gtidText(gtid: Gtid): string {
  return gtid.tag === '' ? `${gtid.sid}:${gtid.gno}` : `${gtid.sid}:${gtid.tag}:${gtid.gno}`;
}

/** The assignment that makes the next transaction the one of `gtid`, for a SET; null: the server's own choice. */
export function gtidNext(gtid: Gtid | null): string {
  return `GTID_NEXT='${gtid === null ? 'AUTOMATIC' : gtidText(gtid)}'`;
}

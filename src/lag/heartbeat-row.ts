import type { LagReading } from './lag-reading.js';

/**
 * The columns of pt-heartbeat's table, as its manual prints them (Percona Toolkit, pt-heartbeat, `--create-table`): one row for each source,
 * which on replicas tells how old the data is. What is beside `ts` and `server_id` is optional.
 */
export const heartbeatColumns = [
  'ts varchar(26) NOT NULL',
  'server_id int unsigned NOT NULL PRIMARY KEY',
  'file varchar(255) DEFAULT NULL',
  'position bigint unsigned DEFAULT NULL',
  'relay_master_log_file varchar(255) DEFAULT NULL',
  'exec_master_log_pos bigint unsigned DEFAULT NULL',
] as const;

const written = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;

/**
 * Microseconds since 1970 of a `ts`, with or without fraction, `T` or a space. pt-heartbeat writes local time unless it is told `--utc`:
 * `utcOffsetMinutes` is how far that clock is ahead of UTC. null: this is not a time.
 */
export function parseHeartbeatTime(text: string, utcOffsetMinutes = 0): number | null {
  const match = written.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(ms);
  // Date.UTC carries a 31st of February over into March; what does not come back as it was is not a time.
  const same = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  if (!same || minute > 59 || second > 59 || year < 1970) return null;
  return (ms - utcOffsetMinutes * 60_000) * 1_000 + Number((match[7] ?? '').padEnd(6, '0'));
}

/**
 * The time, by the source's clock, up to which a replica has everything: what its row says where tailrace keeps the row on the replica.
 * Now minus it is the age of the data, intended delay and doubt about the clock included. It stands still while nothing is applied, and
 * while nothing is known. null: cannot be told. Microseconds since 1970; `nowMicros` by the clock that the reading was taken by.
 */
export function completeUpToMicros(
  { atMostMicros, clock }: Pick<LagReading, 'atMostMicros' | 'clock'>,
  nowMicros: number,
): number | null {
  return atMostMicros === null || clock === null ? null : nowMicros + clock.offsetMicros - atMostMicros;
}

/** By this comment a table is known to be tailrace's own, and not one that replicates to where it is kept. */
export const ownComment = 'tailrace: up to when this replica has everything';

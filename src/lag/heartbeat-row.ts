/**
 * A row of pt-heartbeat's table, which writes itself on the source and is read on replicas: Percona Toolkit manual, pt-heartbeat,
 * `--create-table`. What is written beside `ts` and `server_id` is optional there, and of no use here.
 */
export interface HeartbeatRow {
  /** Microseconds since 1970. */
  readonly atMicros: number;
  readonly serverId: number;
  /** Where the source's binary log was; null: not told. */
  readonly file: string | null;
  readonly position: number | null;
}

/** The columns of pt-heartbeat's table, as its manual prints them; `schema.table` is put before them by whoever creates it. */
export const heartbeatColumns = [
  'ts varchar(26) NOT NULL',
  'server_id int unsigned NOT NULL PRIMARY KEY',
  'file varchar(255) DEFAULT NULL',
  'position bigint unsigned DEFAULT NULL',
  'relay_master_log_file varchar(255) DEFAULT NULL',
  'exec_master_log_pos bigint unsigned DEFAULT NULL',
] as const;

const written = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;

/** A time as pt-heartbeat --utc writes it: `2026-11-22T06:15:09.001230`, 26 characters. */
export function formatHeartbeatTime(atMicros: number): string {
  const whole = Math.floor(atMicros);
  const seconds = Math.floor(whole / 1e6);
  const fraction = String(whole - seconds * 1e6).padStart(6, '0');
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}.${fraction}`;
}

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

/** The cells of a row as a server gives them; null where they are not a heartbeat. */
export function parseHeartbeatRow(
  cells: Readonly<Record<string, unknown>>,
  utcOffsetMinutes = 0,
): HeartbeatRow | null {
  const atMicros = typeof cells.ts === 'string' ? parseHeartbeatTime(cells.ts, utcOffsetMinutes) : null;
  const serverId = wholeNumber(cells.server_id);
  if (atMicros === null || serverId === null) return null;
  return {
    atMicros,
    serverId,
    file: typeof cells.file === 'string' && cells.file !== '' ? cells.file : null,
    position: wholeNumber(cells.position),
  };
}

/**
 * The replica's lag as such a row tells it, which is what pt-heartbeat --check prints: now by the source's clock minus the row's time. The
 * row is written once in `everyMicros`, so much of its age is no lag. Never below zero.
 */
export function heartbeatLagMicros(row: HeartbeatRow, sourceNowMicros: number, everyMicros: number): number {
  return Math.max(0, sourceNowMicros - row.atMicros - everyMicros);
}

/** Drivers give large numbers as text. */
function wholeNumber(cell: unknown): number | null {
  const number = typeof cell === 'string' && /^\d{1,16}$/.test(cell) ? Number(cell) : cell;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

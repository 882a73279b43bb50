const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');

const date = (year: number, month: number, day: number): string =>
  `${pad(year, 4)}-${pad(month)}-${pad(day)}`;

const clock = (hours: number, minutes: number, seconds: number): string =>
  `${pad(hours)}:${pad(minutes)}:${pad(seconds)}`;

/** The fraction of a second after a point: stored in whole bytes, thus in hundredths, ten-thousandths or microseconds. */
function fraction(value: number, decimals: number): string {
  if (decimals === 0) return '';
  return `.${pad(value, ((decimals + 1) >> 1) * 2).slice(0, decimals)}`;
}

const fractionBytes = (decimals: number): number => (decimals + 1) >> 1;

const bigEndian = (bytes: Buffer, at: number, length: number): number =>
  length === 0 ? 0 : bytes.readUIntBE(at, length);

/** A moment as MySQL shows TIMESTAMP in time zone +00:00; 0 is its zero date. */
function moment(seconds: number, fractionText: string): string {
  if (seconds === 0) return `0000-00-00 00:00:00${fractionText}`;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')}${fractionText}+00:00`;
}

/** DATE: 15 bits of year, 4 of month, 5 of day. */
export function dateText(bytes: Buffer): string {
  const packed = bytes.readUIntLE(0, 3);
  return date(packed >> 9, (packed >> 5) & 15, packed & 31);
}

/** YEAR: years since 1900; 0 is the zero year. */
export function yearText(bytes: Buffer): string {
  const value = bytes.readUInt8(0);
  return value === 0 ? '0000' : String(1900 + value);
}

/** TIME as before MySQL 5.6: the decimal digits hhmmss of a signed number. */
export function oldTimeText(bytes: Buffer): string {
  const value = bytes.readIntLE(0, 3);
  const digits = Math.abs(value);
  const text = clock(Math.floor(digits / 10_000), Math.floor(digits / 100) % 100, digits % 100);
  return `${value < 0 ? '-' : ''}${text}`;
}

/** DATETIME as before MySQL 5.6: the decimal digits yyyymmddhhmmss. */
export function oldDatetimeText(bytes: Buffer): string {
  const digits = pad(Number(bytes.readBigUInt64LE(0)), 14);
  const [, day, hours, minutes, seconds] = /^(\d+)(\d\d)(\d\d)(\d\d)$/.exec(digits) ?? [];
  const dateText = (day ?? '').replace(/^(\d+)(\d\d)(\d\d)$/, '$1-$2-$3');
  return `${dateText} ${hours}:${minutes}:${seconds}`;
}

/** TIMESTAMP as before MySQL 5.6: seconds since 1970. */
export function oldTimestampText(bytes: Buffer): string {
  return moment(bytes.readUInt32LE(0), '');
}

/** TIMESTAMP(decimals): seconds since 1970, big-endian, then the fraction (my_timestamp_from_binary in my_time.cc). */
export function timestampText(bytes: Buffer, decimals: number): string {
  const part = bigEndian(bytes, 4, fractionBytes(decimals));
  return moment(bytes.readUInt32BE(0), fraction(part, decimals));
}

/** DATETIME(decimals): 40 bits big-endian with the sign bit set, then the fraction (my_datetime_packed_from_binary). */
export function datetimeText(bytes: Buffer, decimals: number): string {
  const packed = bytes.readUIntBE(0, 5) % 2 ** 39;
  const days = Math.floor(packed / 2 ** 17);
  const seconds = packed % 2 ** 17;
  const months = days >> 5;
  const part = bigEndian(bytes, 5, fractionBytes(decimals));
  const day = date(Math.floor(months / 13), months % 13, days & 31);
  return `${day} ${clock(seconds >> 12, (seconds >> 6) & 63, seconds & 63)}${fraction(part, decimals)}`;
}

/** TIME(decimals): 24 bits and the fraction together as one big-endian number around a middle (my_time_packed_from_binary). */
export function timeText(bytes: Buffer, decimals: number): string {
  const bits = 8 * fractionBytes(decimals);
  const value = bigEndian(bytes, 0, 3 + fractionBytes(decimals)) - 2 ** (23 + bits);
  const whole = Math.floor(Math.abs(value) / 2 ** bits);
  const part = Math.abs(value) % 2 ** bits;
  const text = clock(whole >> 12, (whole >> 6) & 63, whole & 63);
  return `${value < 0 ? '-' : ''}${text}${fraction(part, decimals)}`;
}

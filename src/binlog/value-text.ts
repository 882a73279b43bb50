import { isUtf8 } from 'node:buffer';
import type { ColumnAttributes } from './column-attributes.js';
import { ColumnType, type ColumnLayout } from './column-layout.js';
import { decimalText } from './decimal-text.js';
import {
  dateText,
  datetimeText,
  oldDatetimeText,
  oldTimestampText,
  oldTimeText,
  timestampText,
  timeText,
  yearText,
} from './temporal-text.js';

const shownCharacters = 120;
const shownBytes = 32;
// A character of UTF-8 has at most four bytes, and the last may be cut: so many bytes surely hold what is shown.
const readBytes = shownCharacters * 4;

/** Bytes as `x'00ff'`; long ones cut, with their number. */
export function hexText(bytes: Buffer): string {
  if (bytes.length <= shownBytes) return `x'${bytes.toString('hex')}'`;
  return `x'${bytes.toString('hex', 0, shownBytes)}…' (${bytes.length} bytes)`;
}

/** Bytes as a quoted text when they are readable UTF-8, else in hexadecimal digits. */
function stringText(bytes: Buffer): string {
  if (!isUtf8(bytes)) return hexText(bytes);
  const text = bytes.toString('utf8', 0, readBytes);
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]/.test(text)) return hexText(bytes);
  const isCut = text.length > shownCharacters;
  // Cut between characters, not inside of a surrogate pair.
  const shown = isCut ? text.slice(0, shownCharacters).replace(/[\ud800-\udbff]$/, '') : text;
  const escaped = shown
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "''")
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return isCut ? `'${escaped}…' (${bytes.length} bytes)` : `'${escaped}'`;
}

function integerText(bytes: Buffer, unsigned: boolean): string {
  if (bytes.length === 8) return String(unsigned ? bytes.readBigUInt64LE(0) : bytes.readBigInt64LE(0));
  return String(unsigned ? bytes.readUIntLE(0, bytes.length) : bytes.readIntLE(0, bytes.length));
}

/** A number in single precision with no more digits than tell it from its neighbours. */
function floatText(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(value);
}

/** BIT(n): the metadata's low byte counts the bits of an incomplete byte, the high byte the whole bytes. */
function bitText(bytes: Buffer, metadata: number): string {
  const bits = (metadata >> 8) * 8 + (metadata & 0xff);
  const digits = bytes.length === 0 ? '' : BigInt(`0x${bytes.toString('hex')}`).toString(2);
  return `b'${digits.padStart(bits, '0')}'`;
}

const quoted = (text: string): string => `'${text}'`;

/** One value that is not NULL as a person reads it; `value` holds its bytes with the length prefix. */
export function valueText(layout: ColumnLayout, value: Buffer, attributes: ColumnAttributes): string {
  const bytes = value.subarray(layout.prefixBytes);
  const { metadata } = layout;
  switch (layout.type) {
    case ColumnType.Tiny:
    case ColumnType.Short:
    case ColumnType.Int24:
    case ColumnType.Long:
    case ColumnType.LongLong:
      return integerText(bytes, attributes.unsigned === true);
    case ColumnType.Enum:
    case ColumnType.Set:
      return integerText(bytes, true);
    case ColumnType.Float:
      return floatText(bytes.readFloatLE(0));
    case ColumnType.Double:
      return String(bytes.readDoubleLE(0));
    case ColumnType.NewDecimal:
      return decimalText(bytes, metadata & 0xff, metadata >> 8);
    case ColumnType.Year:
      return yearText(bytes);
    case ColumnType.Date:
    case ColumnType.NewDate:
      return quoted(dateText(bytes));
    case ColumnType.Time:
      return quoted(oldTimeText(bytes));
    case ColumnType.Datetime:
      return quoted(oldDatetimeText(bytes));
    case ColumnType.Timestamp:
      return quoted(oldTimestampText(bytes));
    case ColumnType.Time2:
      return quoted(timeText(bytes, metadata));
    case ColumnType.Datetime2:
      return quoted(datetimeText(bytes, metadata));
    case ColumnType.Timestamp2:
      return quoted(timestampText(bytes, metadata));
    case ColumnType.Bit:
      return bitText(bytes, metadata);
    case ColumnType.Varchar:
    case ColumnType.VarString:
    case ColumnType.String:
      return attributes.binary === true ? hexText(bytes) : stringText(bytes);
    case ColumnType.Blob:
      return attributes.binary === false ? stringText(bytes) : hexText(bytes);
    case ColumnType.Null:
      return 'NULL';
    default:
      return hexText(bytes);
  }
}

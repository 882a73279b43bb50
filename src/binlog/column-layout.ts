import { TailraceError } from '../errors/tailrace-error.js';
import type { ByteReader } from './byte-reader.js';

/** Column type codes in table maps: `enum_field_types` in MySQL's include/field_types.h. */
export const ColumnType = {
  Decimal: 0,
  Tiny: 1,
  Short: 2,
  Long: 3,
  Float: 4,
  Double: 5,
  Null: 6,
  Timestamp: 7,
  LongLong: 8,
  Int24: 9,
  Date: 10,
  Time: 11,
  Datetime: 12,
  Year: 13,
  NewDate: 14,
  Varchar: 15,
  Bit: 16,
  Timestamp2: 17,
  Datetime2: 18,
  Time2: 19,
  TypedArray: 20,
  Vector: 242,
  Json: 245,
  NewDecimal: 246,
  Enum: 247,
  Set: 248,
  TinyBlob: 249,
  MediumBlob: 250,
  LongBlob: 251,
  Blob: 252,
  VarString: 253,
  String: 254,
  Geometry: 255,
} as const;

/** Whether columns of this type are times in the format of before MySQL 5.6.4 and MariaDB 10.1. */
export function isOldTemporal(type: number): boolean {
  return type === ColumnType.Timestamp || type === ColumnType.Time || type === ColumnType.Datetime;
}

/**
 * How to step over one column's value in a row image: `prefixBytes` 0 means the value has `fixedBytes` bytes, otherwise
 * its length is a little-endian integer of `prefixBytes` bytes before it.
 */
export interface ColumnLayout {
  readonly type: number;
  /** The two metadata bytes as a little-endian number; 0 where a type has none. */
  readonly metadata: number;
  readonly prefixBytes: 0 | 1 | 2 | 3 | 4;
  readonly fixedBytes: number;
}

const fixed = (type: number, fixedBytes: number, metadata = 0): ColumnLayout => ({
  type,
  metadata,
  prefixBytes: 0,
  fixedBytes,
});

const prefixed = (type: number, prefixBytes: number, metadata: number): ColumnLayout => {
  if (prefixBytes < 1 || prefixBytes > 4) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: `A table map contains column type ${type} with a length of ${prefixBytes} bytes.`,
    });
  }
  return { type, metadata, prefixBytes: prefixBytes as 1 | 2 | 3 | 4, fixedBytes: 0 };
};

const decimalDigitBytes = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

/** Bytes of a DECIMAL(precision, scale): nine digits in four bytes, what is left over in fewer (strings/decimal.cc). */
function decimalBytes(precision: number, scale: number): number {
  const whole = precision - scale;
  if (whole < 0 || precision > 65 || scale > 30) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: `A table map contains the impossible type DECIMAL(${precision},${scale}).`,
    });
  }
  const bytes = (digits: number): number => Math.floor(digits / 9) * 4 + (decimalDigitBytes[digits % 9] ?? 0);
  return bytes(whole) + bytes(scale);
}

/**
 * The layout of CHAR, BINARY, ENUM and SET: the first metadata byte is the real type, into which two bits of the length
 * are folded for strings of more than 255 bytes (Field_string::do_save_field_metadata).
 */
function stringLayout(metadata: number): ColumnLayout {
  const first = metadata & 0xff;
  const second = metadata >> 8;
  if ((first & 0x30) !== 0x30) {
    const lengthMax = second | (((first & 0x30) ^ 0x30) << 4);
    return prefixed(ColumnType.String, lengthMax > 255 ? 2 : 1, metadata);
  }
  if (first === ColumnType.Enum || first === ColumnType.Set) return fixed(first, second, metadata);
  return prefixed(ColumnType.String, 1, metadata);
}

/** Reads one column's metadata and gives its layout. Throws TR_COLUMN_TYPE_UNKNOWN. */
export function readColumnLayout(type: number, metadata: ByteReader): ColumnLayout {
  switch (type) {
    case ColumnType.Tiny:
    case ColumnType.Year:
      return fixed(type, 1);
    case ColumnType.Short:
      return fixed(type, 2);
    case ColumnType.Int24:
    case ColumnType.Date:
    case ColumnType.NewDate:
    case ColumnType.Time:
      return fixed(type, 3);
    case ColumnType.Long:
    case ColumnType.Timestamp:
      return fixed(type, 4);
    case ColumnType.LongLong:
    case ColumnType.Datetime:
      return fixed(type, 8);
    case ColumnType.Float:
    case ColumnType.Double: {
      const bytes = metadata.uint8();
      return fixed(type, bytes, bytes);
    }
    case ColumnType.Null:
      return fixed(type, 0);
    case ColumnType.Timestamp2:
    case ColumnType.Datetime2:
    case ColumnType.Time2: {
      const decimals = metadata.uint8();
      const whole = type === ColumnType.Timestamp2 ? 4 : type === ColumnType.Datetime2 ? 5 : 3;
      return fixed(type, whole + ((decimals + 1) >> 1), decimals);
    }
    case ColumnType.NewDecimal: {
      const precision = metadata.uint8();
      const scale = metadata.uint8();
      return fixed(type, decimalBytes(precision, scale), precision | (scale << 8));
    }
    case ColumnType.Bit: {
      const bits = metadata.uint8();
      const bytes = metadata.uint8();
      return fixed(type, bytes + (bits > 0 ? 1 : 0), bits | (bytes << 8));
    }
    case ColumnType.Varchar:
    case ColumnType.VarString: {
      const lengthMax = metadata.uint16();
      return prefixed(type, lengthMax > 255 ? 2 : 1, lengthMax);
    }
    case ColumnType.String:
      return stringLayout(metadata.uint16());
    case ColumnType.TinyBlob:
    case ColumnType.Blob:
    case ColumnType.MediumBlob:
    case ColumnType.LongBlob:
    case ColumnType.Json:
    case ColumnType.Geometry:
    case ColumnType.Vector: {
      const prefixBytes = metadata.uint8();
      return prefixed(type, prefixBytes, prefixBytes);
    }
    default:
      throw new TailraceError('TR_COLUMN_TYPE_UNKNOWN', {
        what: `A table map contains column type ${type}, which tailrace does not know.`,
      });
  }
}

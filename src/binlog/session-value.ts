import { ByteReader } from './byte-reader.js';
import { decimalText } from './decimal-text.js';
import { eventHeaderBytes, eventTypeAt } from './event-header.js';
import { EventType } from './event-type.js';

/** A value of a user variable, as it can be written in SQL; text goes with the id of its collation. */
export type VariableValue =
  | { readonly kind: 'null' }
  /** A number as text. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'text'; readonly bytes: Buffer; readonly collation: number };

/** What a statement takes from its session, logged in an event of its own before the statement. */
export type SessionValue =
  | { readonly kind: 'last-insert-id' | 'insert-id'; readonly value: bigint }
  | { readonly kind: 'random'; readonly seeds: readonly [bigint, bigint] }
  | { readonly kind: 'variable'; readonly name: string; readonly value: VariableValue };

const lastInsertId = 1;
// `Item_result` in MySQL's include/field_types.h and sql.
const ValueType = { Text: 0, Real: 1, Integer: 2, Decimal: 4 } as const;
const unsignedFlag = 1;

/** Whether events of this type carry such a value. */
export function isSessionValue(type: number): boolean {
  return type === EventType.Intvar || type === EventType.Rand || type === EventType.UserVar;
}

/**
 * Reads an event of such a type, without its checksum. Format: classes `Intvar_event`, `Rand_event` and `User_var_event` in
 * MySQL's libs/mysql/binlog/event/statement_events.h. Throws TR_STREAM_CORRUPT.
 */
export function readSessionValue(event: Buffer): SessionValue {
  const reader = new ByteReader(event, eventHeaderBytes, event.length, 'a value of the session');
  const type = event[eventTypeAt];
  if (type === EventType.Rand) return { kind: 'random', seeds: [reader.uint64(), reader.uint64()] };
  if (type === EventType.Intvar) {
    const kind = reader.uint8() === lastInsertId ? 'last-insert-id' : 'insert-id';
    return { kind, value: reader.uint64() };
  }
  return { kind: 'variable', name: reader.text(reader.uint32()), value: readVariableValue(reader) };
}

function readVariableValue(reader: ByteReader): VariableValue {
  if (reader.uint8() !== 0) return { kind: 'null' };
  const type = reader.uint8();
  const collation = reader.uint32();
  const bytes = reader.bytes(reader.uint32());
  const isUnsigned = reader.remaining > 0 && (reader.uint8() & unsignedFlag) !== 0;
  switch (type) {
    case ValueType.Real:
      // With an exponent it is a DOUBLE; JavaScript's digits are as many as it takes to be read back the same.
      return { kind: 'number', text: bytes.readDoubleLE().toExponential() };
    case ValueType.Integer:
      return { kind: 'number', text: String(isUnsigned ? bytes.readBigUInt64LE() : bytes.readBigInt64LE()) };
    case ValueType.Decimal:
      return { kind: 'number', text: decimalText(bytes.subarray(2), bytes[0] ?? 0, bytes[1] ?? 0) };
    default:
      return { kind: 'text', bytes, collation };
  }
}

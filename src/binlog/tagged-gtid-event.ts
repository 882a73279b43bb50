import { TailraceError } from '../errors/tailrace-error.js';
import { ByteReader } from './byte-reader.js';
import { eventHeaderBytes } from './event-header.js';
import type { GtidEvent } from './gtid-event.js';
import { readUuid, safeGno } from './gtid-fields.js';

const tagBytesMax = 32;

// Field ids of `Gtid_event::define_fields`, and the first id that this reader does not know.
const Field = {
  Flags: 0,
  Uuid: 1,
  Gno: 2,
  Tag: 3,
  LastCommitted: 4,
  SequenceNumber: 5,
  ImmediateCommit: 6,
  OriginalCommit: 7,
  Unknown: 12,
} as const;

function corrupt(why: string): TailraceError {
  return new TailraceError('TR_STREAM_CORRUPT', { what: 'A tagged GTID event is inconsistent.', why });
}

/** One variable-length integer of mysql::serialization: the low one bits of its first byte count the bytes that follow. */
function readVarint(reader: ByteReader): bigint {
  const first = reader.uint8();
  let extra = 0;
  while (extra < 8 && ((first >> extra) & 1) === 1) extra++;
  if (extra === 8) return reader.uint64();
  let rest = 0n;
  for (let i = 0; i < extra; i++) rest |= BigInt(reader.uint8()) << BigInt(8 * i);
  return (BigInt(first) >> BigInt(extra + 1)) | (rest << BigInt(7 - extra));
}

function readSignedVarint(reader: ByteReader): bigint {
  const raw = readVarint(reader);
  return (raw & 1n) === 1n ? -(raw >> 1n) - 1n : raw >> 1n;
}

/**
 * Reads a GTID event of type 42, written for transactions whose GTID carries a tag. Its body is one message of
 * mysql::serialization: version, size, last field that may not be ignored, then fields in rising order of id.
 * Format: MySQL's libs/mysql/serialization and `Gtid_event::define_fields` in libs/mysql/binlog/event/control_events.h.
 */
export function readTaggedGtidEvent(event: Buffer): GtidEvent {
  const outer = new ByteReader(event, eventHeaderBytes, event.length, 'a tagged GTID event');
  const version = readVarint(outer);
  if (version !== 1n) throw corrupt(`its serialization has version ${version}, 1 is known`);
  const size = readVarint(outer);
  if (size > BigInt(event.length - eventHeaderBytes)) throw corrupt(`it claims ${size} bytes`);
  const reader = new ByteReader(event, outer.offset, eventHeaderBytes + Number(size), 'a tagged GTID event');
  const required = readVarint(reader);
  if (required > BigInt(Field.Unknown)) throw corrupt(`it needs field ${required - 1n}, which is not known`);

  let sid = '';
  let tag = '';
  let gno = 0n;
  let lastCommitted = 0;
  let sequenceNumber = 0;
  let immediate: number | null = null;
  let original: number | null = null;
  fields: while (reader.remaining > 0) {
    switch (Number(readVarint(reader))) {
      case Field.Flags:
        readVarint(reader);
        break;
      case Field.Uuid:
        sid = readUuid(Buffer.from(Array.from({ length: 16 }, () => Number(readVarint(reader)))), 0);
        break;
      case Field.Gno:
        gno = readSignedVarint(reader);
        break;
      case Field.Tag: {
        const length = readVarint(reader);
        if (length > BigInt(tagBytesMax)) throw corrupt(`its tag has ${length} bytes`);
        tag = reader.text(Number(length));
        break;
      }
      case Field.LastCommitted:
        lastCommitted = Number(readSignedVarint(reader));
        break;
      case Field.SequenceNumber:
        sequenceNumber = Number(readSignedVarint(reader));
        break;
      case Field.ImmediateCommit:
        immediate = Number(readVarint(reader));
        break;
      case Field.OriginalCommit:
        original = Number(readVarint(reader));
        break;
      default:
        // Lengths, server versions and tickets follow, none of which is used here.
        break fields;
    }
  }
  if (sid === '') throw corrupt('it names no server');
  return {
    gtid: { sid, tag, gno: safeGno(gno) },
    lastCommitted,
    sequenceNumber,
    originalCommitMicros: original ?? immediate,
    immediateCommitMicros: immediate,
  };
}

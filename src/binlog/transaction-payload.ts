import { TailraceError } from '../errors/tailrace-error.js';
import { ByteReader } from './byte-reader.js';
import { eventHeaderBytes } from './event-header.js';

/** How the events of a transaction are packed into one. */
export type PayloadCompression = 'zstd' | 'none';

/** What a Transaction_payload event says of the events inside it, and their packed bytes. */
export interface TransactionPayload {
  readonly compression: PayloadCompression;
  /** Bytes of the events once they are unpacked, as the event claims. */
  readonly unpackedBytes: number;
  /** A view of the event's own memory. */
  readonly packed: Buffer;
}

/** Codes of the fields before the packed bytes; each is followed by its length and its value, all of them length-encoded. */
const Field = { End: 0, PackedBytes: 1, Compression: 2, UnpackedBytes: 3 } as const;
const compressions = new Map<number, PayloadCompression>([
  [0, 'zstd'],
  [255, 'none'],
]);

/**
 * Reads a Transaction_payload event without its checksum. Throws TR_STREAM_CORRUPT when it contradicts itself, and
 * TR_EVENT_UNKNOWN for a field or a compression that is not known. Unpacks nothing.
 * Format: class `Transaction_payload_event` and its codec in MySQL's libs/mysql/binlog/event/codecs/binary.cpp.
 */
export function readTransactionPayload(event: Buffer): TransactionPayload {
  const reader = new ByteReader(event, eventHeaderBytes, event.length, 'a compressed transaction');
  const fields = readFields(reader);
  const code = fields.get(Field.Compression);
  const packedBytes = fields.get(Field.PackedBytes);
  if (code === undefined || packedBytes !== reader.remaining) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: 'A compressed transaction is inconsistent.',
      why: `It claims ${packedBytes ?? 'no'} packed bytes and compression ${code ?? 'nothing'}; ${reader.remaining} bytes follow.`,
    });
  }
  const compression = compressions.get(code);
  if (compression === undefined) {
    throw new TailraceError('TR_EVENT_UNKNOWN', {
      what: `A transaction is compressed with method ${code}, which tailrace does not know.`,
    });
  }
  // Not written when nothing is compressed: then both are the same.
  const unpackedBytes = fields.get(Field.UnpackedBytes) ?? packedBytes;
  return { compression, unpackedBytes, packed: reader.bytes(packedBytes) };
}

function readFields(reader: ByteReader): Map<number, number> {
  const fields = new Map<number, number>();
  for (;;) {
    const field = reader.lengthEncoded();
    if (field === Field.End) return fields;
    if (field > Field.UnpackedBytes || fields.has(field)) {
      throw new TailraceError('TR_EVENT_UNKNOWN', {
        what: `A compressed transaction has the unknown or repeated field ${field}.`,
      });
    }
    const bytes = reader.lengthEncoded();
    const before = reader.offset;
    fields.set(field, reader.lengthEncoded());
    if (reader.offset - before !== bytes) {
      throw new TailraceError('TR_STREAM_CORRUPT', {
        what: 'A compressed transaction is inconsistent.',
        why: `Field ${field} must have ${bytes} bytes and has ${reader.offset - before}.`,
      });
    }
  }
}

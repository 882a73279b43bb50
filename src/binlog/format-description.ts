import { TailraceError } from '../errors/tailrace-error.js';
import { ByteReader } from './byte-reader.js';
import { checksumBytes, eventHeaderBytes, eventLengthAt, eventTypeAt } from './event-header.js';
import { EventType } from './event-type.js';

/** What a format description event says of the events after it. */
export interface FormatDescription {
  readonly serverVersion: string;
  /** Bytes of the fixed part that follows the common header, by event type code. */
  readonly postHeaderBytes: readonly number[];
  /** Events end with a CRC32. */
  readonly checksums: boolean;
}

const versionBytes = 50;
const checksumOff = 0;
const checksumCrc32 = 1;

/**
 * Reads a format description event: servers since 5.6.1 end it with the algorithm of the checksums and four bytes of checksum, even
 * when the algorithm is "off"; older ones, whose files an upgraded server may still send, with neither.
 */
export function readFormatDescription(event: Buffer): FormatDescription {
  const reader = new ByteReader(event, eventHeaderBytes, event.length, 'a format description event');
  const binlogVersion = reader.uint16();
  if (binlogVersion !== 4) {
    throw new TailraceError('TR_EVENT_UNSUPPORTED', {
      what: `The source writes version ${binlogVersion} of the binary log.`,
      why: 'tailrace reads version 4, which MySQL writes since 5.0',
      cure: 'Use a source of MySQL 5.6 or later.',
    });
  }
  const serverVersion = reader.text(versionBytes, 'latin1').replace(/\0.*$/s, '');
  reader.skip(4);
  reader.skip(1);
  if (isBeforeChecksums(serverVersion)) {
    return { serverVersion, postHeaderBytes: [0, ...reader.bytes(reader.remaining)], checksums: false };
  }
  const tail = 1 + checksumBytes;
  const lengths = [0, ...reader.bytes(Math.max(0, reader.remaining - tail))];
  const algorithm = reader.uint8();
  if (algorithm !== checksumOff && algorithm !== checksumCrc32) {
    throw new TailraceError('TR_EVENT_UNSUPPORTED', {
      what: `The source writes checksums of unknown kind ${algorithm}.`,
      cure: 'Set binlog_checksum to CRC32 or NONE on the source.',
    });
  }
  return { serverVersion, postHeaderBytes: lengths, checksums: algorithm === checksumCrc32 };
}

/** Whether a server of this version ends no format description with the kind of its checksums: before MySQL 5.6.1 and MariaDB 5.3. */
function isBeforeChecksums(serverVersion: string): boolean {
  const [, major = '9', minor = '0', patch = '0'] = /^(\d+)\.(\d+)\.(\d+)/.exec(serverVersion) ?? [];
  const number = Number(major) * 10_000 + Number(minor) * 100 + Number(patch);
  return /mariadb/i.test(serverVersion) ? number < 50_300 : number < 50_601;
}

// Post-header lengths by event type from 1 on, as MySQL 8.0 and later write them (libs/mysql/binlog/event/control_events.cpp).
const modernPostHeaderBytes = [
  56, 13, 0, 8, 0, 0, 0, 0, 4, 0, 4, 0, 0, 0, 95, 0, 4, 26, 8, 0, 0, 0, 8, 8, 8, 2, 0, 0, 0, 10, 10, 10, 42,
  42, 0, 18, 52, 0, 10, 40, 0, 0,
];

/**
 * The format description that a connection must be sent before other events inside `BINLOG` statements, written for the
 * replica of version `serverVersion` and saying that no checksums follow.
 */
export function writeFormatDescription(serverVersion: string): Buffer {
  const lengths = modernPostHeaderBytes;
  const size = eventHeaderBytes + 2 + versionBytes + 4 + 1 + lengths.length + 1 + checksumBytes;
  const event = Buffer.alloc(size);
  event.writeUInt8(EventType.FormatDescription, eventTypeAt);
  event.writeUInt32LE(1, 5);
  event.writeUInt32LE(size, eventLengthAt);
  let at = eventHeaderBytes;
  at = event.writeUInt16LE(4, at);
  event.write(serverVersion.slice(0, versionBytes - 1), at, 'latin1');
  at += versionBytes + 4;
  at = event.writeUInt8(eventHeaderBytes, at);
  const sizeAt = at + EventType.FormatDescription - 1;
  Buffer.from(lengths).copy(event, at);
  event.writeUInt8(2 + versionBytes + 4 + 1 + lengths.length, sizeAt);
  at += lengths.length;
  event.writeUInt8(checksumOff, at);
  return event;
}

import { ByteReader } from './byte-reader.js';
import { eventHeaderBytes } from './event-header.js';

/** The next binary log file and the offset of its first event to read. */
export interface RotateEvent {
  readonly file: string;
  readonly offset: number;
}

/** Reads a rotate event without its checksum. Format: class `Rotate_event`, control_events.h. */
export function readRotateEvent(event: Buffer): RotateEvent {
  const reader = new ByteReader(event, eventHeaderBytes, event.length, 'a rotate event');
  const offset = Number(reader.uint64());
  return { offset, file: reader.text(reader.remaining) };
}

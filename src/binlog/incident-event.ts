import { ByteReader } from './byte-reader.js';
import { eventHeaderBytes } from './event-header.js';

/** Reads the message of an incident event without its checksum. Format: class `Incident_event`, control_events.h. */
export function readIncidentMessage(event: Buffer): string {
  const reader = new ByteReader(event, eventHeaderBytes, event.length, 'an incident event');
  reader.skip(2);
  return reader.remaining > 0 ? reader.text(reader.uint8()) : '';
}

import { EventType, eventTypeName } from '../binlog/event-type.js';
import { readIncidentMessage } from '../binlog/incident-event.js';
import { TailraceError } from '../errors/tailrace-error.js';

/** An event that stands where it may not; `where` is its place as a message names it. */
export function misplacedEvent(type: number, isInside: boolean, where: string): TailraceError {
  return new TailraceError('TR_STREAM_CORRUPT', {
    what: `an event of type ${eventTypeName(type)} came ${isInside ? 'inside' : 'outside'} of a transaction`,
    why: `${where}${isInside ? '; the transaction before it has no end' : ''}`,
  });
}

/** Rows of a table that nothing has told of; `where` is their place. */
export function unannouncedTable(tableId: number, where: string): TailraceError {
  return new TailraceError('TR_STREAM_CORRUPT', {
    what: `a row event names table id ${tableId}, which no table map announced`,
    why: where,
  });
}

/** Why an event stops the link that the assembler does not apply; `where` is its place as a message names it. */
export function refuseEvent(type: number, event: Buffer, where: string): TailraceError {
  switch (type) {
    case EventType.Incident:
      return new TailraceError('TR_EVENT_INCIDENT', {
        what: `the source recorded an incident ${where}`,
        why: readIncidentMessage(event) || 'the source gave no message',
      });
    case EventType.BeginLoadQuery:
    case EventType.AppendBlock:
    case EventType.ExecuteLoadQuery:
    case EventType.DeleteFile:
      return new TailraceError('TR_STATEMENT_FORMAT', {
        what: `the source logged LOAD DATA as a statement, with its file, ${where} (event ${eventTypeName(type)})`,
      });
    default:
      return new TailraceError('TR_EVENT_UNKNOWN', {
        what: `an event of type ${eventTypeName(type)} came ${where}`,
      });
  }
}

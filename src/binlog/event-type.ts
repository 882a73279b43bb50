/**
 * Event type codes of MySQL's binary log, as `mysql::binlog::event::Log_event_type` in MySQL's
 * libs/mysql/binlog/event/binlog_event.h numbers them.
 */
export const EventType = {
  UnknownEvent: 0,
  StartV3: 1,
  Query: 2,
  Stop: 3,
  Rotate: 4,
  Intvar: 5,
  Load: 6,
  Slave: 7,
  CreateFile: 8,
  AppendBlock: 9,
  ExecLoad: 10,
  DeleteFile: 11,
  NewLoad: 12,
  Rand: 13,
  UserVar: 14,
  FormatDescription: 15,
  Xid: 16,
  BeginLoadQuery: 17,
  ExecuteLoadQuery: 18,
  TableMap: 19,
  WriteRowsV1: 23,
  UpdateRowsV1: 24,
  DeleteRowsV1: 25,
  Incident: 26,
  Heartbeat: 27,
  Ignorable: 28,
  RowsQuery: 29,
  WriteRows: 30,
  UpdateRows: 31,
  DeleteRows: 32,
  Gtid: 33,
  AnonymousGtid: 34,
  PreviousGtids: 35,
  TransactionContext: 36,
  ViewChange: 37,
  XaPrepare: 38,
  PartialUpdateRows: 39,
  TransactionPayload: 40,
  HeartbeatV2: 41,
  GtidTagged: 42,
} as const;

const names = new Map<number, string>(Object.entries(EventType).map(([name, code]) => [code, name]));

/** The name of an event type for messages, e.g. `WriteRows (30)`. */
export function eventTypeName(code: number): string {
  return `${names.get(code) ?? 'unknown'} (${code})`;
}

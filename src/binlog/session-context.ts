import { TailraceError } from '../errors/tailrace-error.js';
import { ByteReader } from './byte-reader.js';

/** The source session's settings that a statement was run under; null: the event did not say. */
export interface SessionContext {
  /** Bits of OPTION_* flags: see `sessionFlags`. */
  readonly flags2: number | null;
  readonly sqlMode: bigint | null;
  readonly autoIncrement: { readonly increment: number; readonly offset: number } | null;
  /** Collation ids of character_set_client, collation_connection, collation_server. */
  readonly charset: { readonly client: number; readonly connection: number; readonly server: number } | null;
  readonly timeZone: string | null;
  readonly lcTimeNames: number | null;
  /** Collation id of the default schema when it differs from the server's. */
  readonly collationDatabase: number | null;
  readonly invoker: { readonly user: string; readonly host: string } | null;
  /** Microseconds of the statement's start; null when it used none. */
  readonly microseconds: number | null;
  readonly explicitDefaultsForTimestamp: boolean | null;
  readonly defaultCollationForUtf8mb4: number | null;
  readonly requirePrimaryKey: boolean | null;
  readonly defaultTableEncryption: boolean | null;
  /** MariaDB: the collations that character sets have when they are named alone; those that are not here have their usual ones. */
  readonly charsetCollations: readonly CharsetCollation[];
  /** MariaDB: an ALTER that is logged twice, when it begins and when it ends; null: it is logged once. */
  readonly alterPhase: 'start' | 'commit' | 'rollback' | null;
}

/** A character set, by the id of its usual collation, and the collation that stands for it. */
export interface CharsetCollation {
  readonly charset: number;
  readonly collation: number;
}

/** Bits of `SessionContext.flags2`. */
export const sessionFlags = {
  autoIsNull: 0x4000,
  notAutocommit: 0x80000,
  noForeignKeyChecks: 0x4000000,
  relaxedUniqueChecks: 0x8000000,
} as const;

// Codes of `Query_event::Query_event_status_vars` in MySQL's libs/mysql/binlog/event/statement_events.h.
const Code = {
  Flags2: 0,
  SqlMode: 1,
  Catalog: 2,
  AutoIncrement: 3,
  Charset: 4,
  TimeZone: 5,
  CatalogNoZero: 6,
  LcTimeNames: 7,
  CharsetDatabase: 8,
  TableMapForUpdate: 9,
  SourceDataWritten: 10,
  Invoker: 11,
  UpdatedSchemas: 12,
  Microseconds: 13,
  CommitTimestamp: 14,
  CommitTimestamp2: 15,
  ExplicitDefaultsForTimestamp: 16,
  DdlXid: 17,
  DefaultCollationForUtf8mb4: 18,
  RequirePrimaryKey: 19,
  DefaultTableEncryption: 20,
  /** With changes of data only, as of 9.6: whether the engine carried out foreign keys (one byte). */
  NativeForeignKeys: 21,
  // MariaDB's own, from 128 on (sql/log_event.h there).
  MariadbMicroseconds: 128,
  MariadbDdlXid: 129,
  MariadbGtidFlags: 130,
  MariadbCollations: 131,
} as const;

const tooManyUpdatedSchemas = 254;
/** Bits of MariadbGtidFlags (`Gtid_log_event::FL_*_ALTER_E1` in MariaDB's sql/log_event.h). */
const AlterFlag = { Start: 0x2, Commit: 0x4, Rollback: 0x8 } as const;
const noCollations: readonly CharsetCollation[] = [];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the status variables of a query event. A code that is not known stops the link: what follows it cannot be read. */
export function readSessionContext(status: Buffer): SessionContext {
  const reader = new ByteReader(status, 0, status.length, 'the status variables of a query event');
  const context: Mutable<SessionContext> = {
    flags2: null,
    sqlMode: null,
    autoIncrement: null,
    charset: null,
    timeZone: null,
    lcTimeNames: null,
    collationDatabase: null,
    invoker: null,
    microseconds: null,
    explicitDefaultsForTimestamp: null,
    defaultCollationForUtf8mb4: null,
    requirePrimaryKey: null,
    defaultTableEncryption: null,
    charsetCollations: noCollations,
    alterPhase: null,
  };
  while (reader.remaining > 0) readVariable(reader, context);
  return context;
}

function readVariable(reader: ByteReader, context: Mutable<SessionContext>): void {
  const code = reader.uint8();
  switch (code) {
    case Code.Flags2:
      context.flags2 = reader.uint32();
      break;
    case Code.SqlMode:
      context.sqlMode = reader.uint64();
      break;
    case Code.Catalog:
      reader.skip(reader.uint8());
      reader.skip(1);
      break;
    case Code.AutoIncrement:
      context.autoIncrement = { increment: reader.uint16(), offset: reader.uint16() };
      break;
    case Code.Charset:
      context.charset = { client: reader.uint16(), connection: reader.uint16(), server: reader.uint16() };
      break;
    case Code.TimeZone:
      context.timeZone = reader.text(reader.uint8());
      break;
    case Code.CatalogNoZero:
      reader.skip(reader.uint8());
      break;
    case Code.LcTimeNames:
      context.lcTimeNames = reader.uint16();
      break;
    case Code.CharsetDatabase:
      context.collationDatabase = reader.uint16();
      break;
    case Code.TableMapForUpdate:
      reader.skip(8);
      break;
    case Code.SourceDataWritten:
      reader.skip(4);
      break;
    case Code.Invoker:
      context.invoker = { user: reader.text(reader.uint8()), host: reader.text(reader.uint8()) };
      break;
    case Code.UpdatedSchemas: {
      const count = reader.uint8();
      if (count !== tooManyUpdatedSchemas) for (let i = 0; i < count; i++) reader.nullTerminated();
      break;
    }
    case Code.Microseconds:
    case Code.MariadbMicroseconds:
      context.microseconds = reader.uint24();
      break;
    case Code.CommitTimestamp:
      reader.skip(7);
      break;
    case Code.CommitTimestamp2:
      reader.skip(14);
      break;
    case Code.ExplicitDefaultsForTimestamp:
      context.explicitDefaultsForTimestamp = reader.uint8() !== 0;
      break;
    case Code.DdlXid:
    case Code.MariadbDdlXid:
      reader.skip(8);
      break;
    case Code.DefaultCollationForUtf8mb4:
      context.defaultCollationForUtf8mb4 = reader.uint16();
      break;
    case Code.RequirePrimaryKey:
      context.requirePrimaryKey = reader.uint8() !== 0;
      break;
    case Code.DefaultTableEncryption:
      context.defaultTableEncryption = reader.uint8() !== 0;
      break;
    case Code.NativeForeignKeys:
      reader.skip(1);
      break;
    case Code.MariadbGtidFlags:
      context.alterPhase = readAlterPhase(reader);
      break;
    case Code.MariadbCollations:
      context.charsetCollations = readCollations(reader);
      break;
    default:
      throw new TailraceError('TR_EVENT_UNKNOWN', {
        what: `A statement has session setting ${code}, which tailrace does not know.`,
      });
  }
}

/** The number of the ALTER's beginning follows at its end (`Query_log_event::write` in MariaDB's sql/log_event_server.cc). */
function readAlterPhase(reader: ByteReader): SessionContext['alterPhase'] {
  const flags = reader.uint8();
  if ((flags & AlterFlag.Start) !== 0) return 'start';
  if ((flags & (AlterFlag.Commit | AlterFlag.Rollback)) === 0) return null;
  reader.skip(8);
  return (flags & AlterFlag.Commit) !== 0 ? 'commit' : 'rollback';
}

function readCollations(reader: ByteReader): CharsetCollation[] {
  const collations: CharsetCollation[] = [];
  for (let left = reader.uint8(); left > 0; left--) {
    collations.push({ charset: reader.uint16(), collation: reader.uint16() });
  }
  return collations;
}

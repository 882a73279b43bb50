import { TailraceError } from '../../errors/tailrace-error.js';
import { lostErrnos } from '../../mysql/lost-errnos.js';

/** ER_MASTER_FATAL_ERROR_READING_BINLOG: every reason for which a source ends a dump, told apart only by its text. */
const fatalReadingBinlog = 1236;
/** CR_SERVER_GONE_ERROR and CR_SERVER_LOST: no server says so of itself, but a proxy in between does of the server behind it. */
const goneErrnos = new Set([2006, 2013]);
/** ER_CON_COUNT_ERROR and ER_TOO_MANY_USER_CONNECTIONS: the dump has a connection of its own, for which there was no room. */
const fullErrnos = new Set([1040, 1203]);

/** What a server answered, or what became of the socket. */
interface StreamEnd {
  /** A server's number is above zero, the operating system's, as Node tells it, below. */
  readonly errno?: number;
  readonly sqlMessage?: string;
  readonly message?: string;
  readonly code?: string;
}

/** Turns what ended a stream into a coded error. TR_SERVER_LOST and TR_SERVER_UNREACHABLE are worth another try. */
export function streamFailure(error: unknown, where: string): TailraceError {
  if (error instanceof TailraceError) return error;
  const { errno, sqlMessage, message, code } = error as StreamEnd;
  const why = sqlMessage ?? message ?? code ?? String(error);
  if (errno === fatalReadingBinlog) return refused(why, where);
  if (errno === undefined || errno < 0 || lostErrnos.has(errno) || goneErrnos.has(errno)) {
    return new TailraceError('TR_SERVER_LOST', { what: `the stream from ${where} was lost`, why });
  }
  if (fullErrnos.has(errno)) {
    return new TailraceError('TR_SERVER_UNREACHABLE', { what: `${where} takes no further connection`, why });
  }
  if (errno === 1045) {
    return new TailraceError('TR_SERVER_ACCESS_DENIED', { what: `${where} refused the stream's user`, why });
  }
  return new TailraceError('TR_STREAM_REFUSED', { what: `${where} refused to send its binary log`, why });
}

function refused(why: string, where: string): TailraceError {
  // Its own connection was replaced by another reader with the same identity, or the server is going down.
  if (/same server_uuid|same server_id/i.test(why)) {
    return new TailraceError('TR_STREAM_REFUSED', {
      what: `${where} ended the stream because another reader came with the same identity`,
      why,
      cure: 'Give every reader of the source its own server_id.',
    });
  }
  if (/purged|could not find first log file|Could not find/i.test(why)) {
    return new TailraceError('TR_STREAM_PURGED', {
      what: `${where} no longer has the binary log that the replica needs`,
      why,
    });
  }
  if (/more GTIDs than|GTID_MODE|sends? .*GTID|impossible position|position .* file size/i.test(why)) {
    return new TailraceError('TR_STREAM_SOURCE_CHANGED', {
      what: `the binary log history of ${where} is not the one that the replica followed`,
      why,
    });
  }
  return new TailraceError('TR_STREAM_REFUSED', { what: `${where} refused to send its binary log`, why });
}

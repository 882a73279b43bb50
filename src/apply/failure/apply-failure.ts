import { TailraceError } from '../../errors/tailrace-error.js';
import { readApplierReason } from '../../mysql/applier-error-reason.js';
import type { ServerConnection } from '../../mysql/server-connection.js';
import { ServerError } from '../../mysql/server-error.js';

/**
 * What a replica's refusal means for the link.
 *
 * - `lock`: lanes, or another client, were in each other's way; worth another try.
 * - `data`: a change does not fit the rows; the plan was wrong, or the replica has diverged.
 * - `fatal`: trying again will not help until somebody has done something.
 */
export type FailureKind = 'lock' | 'data' | 'fatal';

/** A refusal of the replica, with the reason that its error log gives. */
export class ApplyFailure extends Error {
  readonly kind: FailureKind;
  readonly errno: number;
  /** The server's own words. */
  readonly reason: string;

  constructor(kind: FailureKind, errno: number, reason: string) {
    super(reason);
    this.name = 'ApplyFailure';
    this.kind = kind;
    this.errno = errno;
    this.reason = reason;
  }
}

// Numbers from the Server Error Message Reference of MySQL's manual.
const Errno = {
  BadNull: 1048,
  Unknown: 1105,
} as const;
/** Lock wait timeout, deadlock, and a metadata lock that could not be had. */
const lockErrnos = new Set([1205, 1213, 1846]);
/** Duplicate keys, missing rows, foreign keys, CHECK constraints, ranges and partitions that do not fit. */
const dataErrnos = new Set([1022, 1032, 1062, 1169, 1216, 1217, 1451, 1452, 1526, 1586, 1761, 1762, 3819]);
const diskFullErrnos = new Set([3, 1021, 1026, 1114]);
const schemaErrnos = new Set([1054, 1072, 1146, 1535, 1677, 13146]);
const packetErrnos = new Set([1153, 1301]);
const readOnlyErrnos = new Set([1290, 1836]);
const privilegeErrnos = new Set([1044, 1142, 1143, 1227, 1370]);

/**
 * Finds out why a lane failed. A lost connection and a lost ownership are given back as they are, all else becomes an
 * `ApplyFailure`; `threadId` is the lane's session.
 */
export async function explainFailure(
  error: unknown,
  control: ServerConnection,
  threadId: number,
): Promise<ApplyFailure | TailraceError> {
  if (error instanceof TailraceError) return error;
  if (!(error instanceof ServerError)) throw error;
  if (error.errno === Errno.BadNull && error.sqlMessage.includes("'epoch'")) {
    return new TailraceError('TR_LINK_LOST_OWNERSHIP', {
      what: 'another tailrace took this link over; nothing further was applied',
    });
  }
  let { errno } = error;
  let reason = `${error.sqlMessage} (error ${errno})`;
  // BINLOG hides the row applier's reason, also behind the number of what happened before it.
  const logged = await readApplierReason(control, 0, threadId);
  if (errno === Errno.Unknown && logged !== null) {
    reason = logged;
    errno = errnoOf(logged) ?? errno;
  } else if (logged?.includes(String(errno)) === true) {
    reason = logged;
  }
  return new ApplyFailure(kindOf(errno, reason), errno, reason);
}

/** The error number inside an entry of the error log: `Error_code: MY-001062`, or `Error_code: 1062`. */
function errnoOf(reason: string): number | null {
  const match = /Error_code:\s*(?:MY-)?0*(\d+)/.exec(reason);
  return match === null ? null : Number(match[1]);
}

function kindOf(errno: number, reason: string): FailureKind {
  if (lockErrnos.has(errno) || /deadlock found|lock wait timeout/i.test(reason)) return 'lock';
  if (dataErrnos.has(errno)) return 'data';
  return 'fatal';
}

/** The error that a failure which nothing can be done about stops the link with; `what` says what was being applied. */
export function stoppingError(failure: ApplyFailure, what: string): TailraceError {
  const { errno, reason } = failure;
  if (failure.kind === 'lock') {
    return new TailraceError('TR_APPLY_LOCKED', {
      what: `${what} met a lock of another client`,
      why: reason,
    });
  }
  if (diskFullErrnos.has(errno) || /table .* is full|no space left|disk full/i.test(reason)) {
    return new TailraceError('TR_APPLY_DISK_FULL', {
      what: `the replica has no room for ${what}`,
      why: reason,
    });
  }
  if (schemaErrnos.has(errno)) {
    return new TailraceError('TR_SCHEMA_MISMATCH', {
      what: `a table of the replica does not fit ${what}`,
      why: reason,
    });
  }
  if (packetErrnos.has(errno)) {
    return new TailraceError('TR_APPLY_PACKET_TOO_LARGE', {
      what: `the replica takes no packet as large as ${what} needs`,
      why: reason,
    });
  }
  if (readOnlyErrnos.has(errno) && /read[-_]only/i.test(reason)) {
    const isSuper = /super[-_]read[-_]only/i.test(reason);
    return new TailraceError(isSuper ? 'TR_REPLICA_SUPER_READ_ONLY' : 'TR_REPLICA_READ_ONLY', {
      what: `the replica takes no writes: it refused ${what}`,
      why: reason,
    });
  }
  if (privilegeErrnos.has(errno)) {
    return new TailraceError('TR_PRIVILEGE_MISSING', {
      what: `tailrace's user lacks a privilege for ${what}`,
      why: reason,
      cure: '`tailrace check` names each privilege that is missing, with the GRANT for it.',
    });
  }
  return new TailraceError('TR_APPLY_FAILED', { what: `the replica refused ${what}`, why: reason });
}

/** The error that a refusal of a statement other than BINLOG stops the link with; any other error as it is. */
export function statementError(error: unknown, what = 'a statement of tailrace itself'): unknown {
  if (!(error instanceof ServerError)) return error;
  const reason = `${error.sqlMessage} (error ${error.errno})`;
  return stoppingError(new ApplyFailure(kindOf(error.errno, reason), error.errno, reason), what);
}

/** Whether a refusal was about locks. */
export function isLockRefusal(error: ServerError): boolean {
  return lockErrnos.has(error.errno);
}

import type { Logger } from 'pino';
import { statementError } from '../apply/failure/apply-failure.js';
import { failpoint } from '../apply/failpoint.js';
import { SnapshotLock } from '../apply/snapshot-lock.js';
import { CheckpointStore } from '../checkpoint/checkpoint-store.js';
import {
  noteSkipped,
  prepareSkippedTable,
  type SkippedTransaction,
} from '../checkpoint/skipped-transactions.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { gtidManner } from '../target/replica-facts.js';
import { readSourceFacts } from '../source/server/source-facts.js';
import { comparePositions, type BinlogPosition } from '../binlog/binlog-position.js';
import type { LinkSettings } from '../link/link-settings.js';
import { decideStart, type TakenOver, takeOver } from '../target/take-over.js';
import { readBinlogEnd } from '../mysql/binlog-end.js';
import { addressLabel } from '../mysql/connection-failure.js';
import { acquireLinkLock } from '../mysql/link-lock.js';
import { readNativeChannels } from '../mysql/native-replication.js';
import { openConnection, type ServerConnection } from '../mysql/server-connection.js';
import { findByGtid, requireSkippable } from './find-by-gtid.js';
import { findNext, nextStart } from './find-next.js';
import type { SkipTarget } from './skip-target.js';
import type { TransactionContents } from './transaction-contents.js';

export interface SkipOptions {
  /** Told what the transaction holds, before anything is changed. */
  readonly show: (contents: TransactionContents) => void;
  /** False: it is only shown. */
  readonly leaveOut: boolean;
  /** Who leaves it out, for the record. */
  readonly by: string;
  readonly log: Logger;
}

/** Both servers, and the link's lock. */
interface Sessions {
  readonly source: ServerConnection;
  readonly control: ServerConnection;
  readonly checkpoint: CheckpointStore;
}

interface Found {
  readonly contents: TransactionContents;
  /** Where a link without GTIDs goes on; null: it goes by GTID. */
  readonly next: BinlogPosition | null;
}

/**
 * Shows what one transaction of the source holds and, if asked to, makes the replica leave it out: with GTIDs by an empty transaction
 * under its GTID, without by a checkpoint behind it. The record in `tailrace.skipped` is committed together with that. Holds the
 * link's lock meanwhile. Rejects with TR_SKIP_REFUSED, TR_LINK_LOCKED, TR_NATIVE_RUNNING, and as the start of a link does.
 */
export async function skipTransaction(
  settings: LinkSettings,
  target: SkipTarget,
  options: SkipOptions,
): Promise<void> {
  const opened: ServerConnection[] = [];
  const connect = async (sessionLabel: string, ofSource = false): Promise<ServerConnection> => {
    const address = ofSource ? settings.source : settings.replica;
    const connection = await openConnection(address, { sessionLabel, multipleStatements: !ofSource });
    opened.push(connection);
    return connection;
  };
  try {
    const [source, control, locking] = [
      await connect('skip', true),
      await connect('skip'),
      await connect('snapshot lock'),
    ];
    await control.execute('SET SESSION sql_log_bin=0');
    await requireNoNative(control);
    await acquireLinkLock(control, settings.name);
    const sessions = { source, control, checkpoint: new CheckpointStore(control, settings.name) };
    const readSource = (): ReturnType<typeof readSourceFacts> => readSourceFacts(source);
    const before = await decideStart({ readSource, ...sessions }, settings);
    const { contents, next } = await find(settings, target, sessions, before);
    options.show(contents);
    if (!options.leaveOut) return;
    const snapshots = new SnapshotLock(locking, settings.name);
    const taken = await takeOver(
      { readSource, ...sessions, snapshots, hadIt: false },
      { settings, signal: new AbortController().signal, log: options.log },
    );
    await requireUnchanged(next, contents, sessions, taken);
    await leaveOut(settings, contents, sessions, taken, options.by);
    failpoint('after-skip-commit');
  } catch (error) {
    throw statementError(error, 'the record of what is left out');
  } finally {
    await Promise.all(opened.map((connection) => connection.close()));
  }
}

async function requireNoNative(control: ServerConnection): Promise<void> {
  const channels = await readNativeChannels(control);
  if (channels.every(({ io, sql }) => io === 'stopped' && sql === 'stopped')) return;
  throw new TailraceError('TR_NATIVE_RUNNING', {
    what: `Native replication is running on ${addressLabel(control.address)}, and may apply the transaction at any moment.`,
    cure: 'Run STOP REPLICA; on the replica, then run the same command again.',
  });
}

async function find(
  settings: LinkSettings,
  target: SkipTarget,
  { source, control, checkpoint }: Sessions,
  decided: TakenOver,
): Promise<Found> {
  const end = await readBinlogEnd(source);
  if (end === null)
    throw new TailraceError('TR_SOURCE_BINLOG_OFF', { what: 'The source has no binary log.' });
  const { byGtid, canAdopt } = gtidManner(decided.sourceFacts, decided.replicaFacts);
  if (!byGtid) {
    const next = await nextStart(control, checkpoint, decided);
    return { contents: await findNext(settings, target, next, end), next };
  }
  if (canAdopt) return { contents: await findByGtid(settings, target, decided, end), next: null };
  throw new TailraceError('TR_SKIP_REFUSED', {
    what: 'With GTIDs, tailrace skip requires a replica of MySQL 8.0 or later.',
    cure: "Commit an empty transaction under the GTID on the replica: SET GTID_NEXT = '…'; BEGIN; COMMIT; SET GTID_NEXT = AUTOMATIC;",
  });
}

/** What an earlier tailrace had under way may have been committed until the link was ours. */
async function requireUnchanged(
  before: BinlogPosition | null,
  contents: TransactionContents,
  { control, checkpoint }: Sessions,
  taken: TakenOver,
): Promise<void> {
  if (before === null) return requireSkippable(contents.gtid ?? '', taken);
  if (comparePositions(before, await nextStart(control, checkpoint, taken)) === 0) return;
  throw new TailraceError('TR_SKIP_REFUSED', {
    what: 'The replica advanced while the transaction was being read.',
    why: 'An earlier tailrace still had an open transaction.',
    cure: 'Run the same command again.',
  });
}

async function leaveOut(
  settings: LinkSettings,
  contents: TransactionContents,
  { control, checkpoint }: Sessions,
  { start }: TakenOver,
  by: string,
): Promise<void> {
  const { gtid, file, startOffset, endOffset, committedMs } = contents;
  const record: SkippedTransaction = {
    ...{ link: settings.name, gtid, file, startOffset, endOffset, committedMs, by },
    contents: JSON.stringify(contents),
  };
  await prepareSkippedTable(control);
  if (start.stream.kind === 'gtid') {
    const intent = await checkpoint.readIntent();
    const isAnnounced =
      intent !== null && comparePositions(intent.start, { file, offset: startOffset }) === 0;
    await commitUnder(gtid ?? '', control, async () => {
      await noteSkipped(control, record);
      if (isAnnounced) await checkpoint.clearIntent();
    });
    return;
  }
  const entry = {
    epoch: start.epoch + 1,
    lanes: 1,
    start: { file, offset: startOffset },
    end: { file, offset: endOffset },
    gtids: gtid ?? '',
    gtidsBefore: '',
    knownGtid: '',
    strictTables: [],
  };
  await checkpoint.write(entry, 0, async () => {
    await noteSkipped(control, record);
    failpoint('before-skip-commit');
  });
}

/**
 * Without BEGIN: on a server that writes no binary log it would use up the GTID by itself. Closing the session rolls back what is
 * open, and gives the GTID back.
 */
async function commitUnder(
  gtid: string,
  control: ServerConnection,
  note: () => Promise<void>,
): Promise<void> {
  await control.execute('SET SESSION autocommit=0');
  await control.execute('SET GTID_NEXT=?', [gtid]);
  await note();
  failpoint('before-skip-commit');
  await control.execute('COMMIT');
  await control.execute("SET GTID_NEXT='AUTOMATIC'");
}

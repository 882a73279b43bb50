import {
  createdIntentPrefix,
  halfwayIntentDigest,
  xaIntentDigest,
} from '../apply/barrier/statement-intent.js';
import type { CheckpointStore } from '../checkpoint/checkpoint-store.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { comparePositions, type BinlogPosition } from '../binlog/binlog-position.js';
import type { LinkSettings } from '../link/link-settings.js';
import type { TakenOver } from '../target/take-over.js';
import { readSchemaDigest } from '../schema/schema-digest.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { readTransaction } from './read-transaction.js';
import type { SkipTarget } from './skip-target.js';
import type { TransactionContents } from './transaction-contents.js';

const halfDone = 'Start the link once: it completes what was half done first.';

/**
 * Where a link without GTIDs goes on; a statement that a crash came upon may be done already. Throws TR_SKIP_REFUSED while something is
 * half applied.
 */
export async function nextStart(
  control: ServerConnection,
  checkpoint: CheckpointStore,
  { start }: TakenOver,
): Promise<BinlogPosition> {
  const { stream, broken } = start;
  if (stream.kind === 'gtid') throw new TailraceError('TR_INTERNAL', { what: 'The link goes by GTID.' });
  if (broken !== null) {
    throw new TailraceError('TR_SKIP_REFUSED', {
      what: `A crash left the epoch that begins at ${placeOf(broken.entry.start)} half applied on the replica.`,
      why: 'Only some of its lanes have committed.',
      cure: halfDone,
    });
  }
  const intent = await checkpoint.readIntent();
  // Of the halfway one nobody but the user can tell whether it is done, and by this command that is told.
  if (intent === null || intent.schemaDigest === halfwayIntentDigest) return stream;
  const { schemaDigest } = intent;
  if (schemaDigest === xaIntentDigest || schemaDigest.startsWith(createdIntentPrefix)) {
    throw new TailraceError('TR_SKIP_REFUSED', {
      what: `A crash came while the transaction at ${placeOf(intent.start)} was being applied in several steps.`,
      cure: halfDone,
    });
  }
  const isDone = (await readSchemaDigest(control)) !== schemaDigest;
  return isDone ? intent.end : stream;
}

/**
 * The transaction that a target names, of a link that goes by position: only the one that comes next, because the checkpoint can say no
 * more than how far the replica is. A position inside of it is as good as its start. Throws TR_SKIP_REFUSED for every other one.
 */
export async function findNext(
  settings: LinkSettings,
  target: SkipTarget,
  next: BinlogPosition,
  end: BinlogPosition,
): Promise<TransactionContents> {
  const isPast = target.kind === 'position' && comparePositions(target.position, next) < 0;
  const given = target.kind === 'gtid' ? target.gtid : placeOf(target.position);
  if (isPast) {
    throw new TailraceError('TR_SKIP_REFUSED', {
      what: `The replica is already past ${given}.`,
      why: `The link continues at ${placeOf(next)}; everything before was applied or skipped earlier: tailrace.skipped on the replica lists skipped transactions.`,
      cure: 'Do nothing. Skipping a transaction cannot undo what it changed.',
    });
  }
  const contents = await readTransaction(
    settings,
    { kind: 'position', ...next },
    end,
    // The file is read from its start where the offset is beyond 4 GiB.
    ({ file, startOffset }) => file !== next.file || startOffset >= next.offset,
  );
  if (contents === null) {
    throw new TailraceError('TR_SKIP_REFUSED', {
      what: `The source has no transaction after ${placeOf(next)}, the position of the replica.`,
      cure: 'Take the position from the message that the link stopped with.',
    });
  }
  if (isTarget(target, contents)) return contents;
  const nextName = placeOf({ file: contents.file, offset: contents.startOffset });
  throw new TailraceError('TR_SKIP_REFUSED', {
    what: `${given} is not the next transaction of the link: that is ${nextName}`,
    why: 'Without GTIDs the checkpoint is one position, and only the next transaction after it can be skipped.',
    cure: `Start the link. It stops at the transaction that it cannot apply, with its position. To skip the next one: tailrace skip ${nextName}`,
  });
}

function isTarget(target: SkipTarget, { gtid, file, startOffset, endOffset }: TransactionContents): boolean {
  if (target.kind === 'gtid') return target.gtid === gtid;
  const { position } = target;
  return position.file === file && position.offset >= startOffset && position.offset < endOffset;
}

function placeOf({ file, offset }: BinlogPosition): string {
  return `${file}:${offset}`;
}

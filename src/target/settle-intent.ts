import type { ReplicaSession } from '../apply/replica-session.js';
import {
  createdIntentPrefix,
  halfwayError,
  halfwayIntentDigest,
  xaIntentDigest,
} from '../apply/barrier/statement-intent.js';
import { readSchemaDigest } from '../schema/schema-digest.js';
import type { StartPoint } from './start-point.js';

/**
 * A statement without a GTID may or may not have been run before a crash; gives where to read on. Rejects with
 * TR_STATEMENT_HALFWAY for changes of which nothing tells how far they came.
 */
export async function settleIntent(
  session: ReplicaSession,
  start: StartPoint,
  linkName: string,
): Promise<StartPoint['stream']> {
  const intent = await session.checkpoint.readIntent();
  if (intent?.schemaDigest === halfwayIntentDigest) throw halfwayError(intent, linkName);
  if (intent === null || start.stream.kind === 'gtid') return start.stream;
  // What is prepared, or created, tells, when the transaction has been read again.
  const { schemaDigest } = intent;
  if (schemaDigest === xaIntentDigest || schemaDigest.startsWith(createdIntentPrefix)) return start.stream;
  const isDone = (await readSchemaDigest(session.control)) !== schemaDigest;
  session.log.warn({ at: intent.start, isDone }, 'a crash came while a statement was being run');
  if (!isDone) return start.stream;
  const position = { start: intent.start, end: intent.end, gtids: start.applied.subtract(start.applied) };
  await session.record(position, false);
  return { kind: 'position', file: intent.end.file, offset: intent.end.offset };
}

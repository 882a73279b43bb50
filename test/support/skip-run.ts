import { type Ended, tailrace, urlOf } from './tailrace-process.js';
import type { TestLab } from './lab.js';

/** Runs `tailrace skip` for the link that `linkSettings` names. */
export function skip(lab: TestLab, transaction: string, ...options: readonly string[]): Promise<Ended> {
  return tailrace(['skip', transaction, '--name', 'tested', ...options], {
    TAILRACE_SOURCE_URL: urlOf(lab.source.address),
    TAILRACE_REPLICA_URL: urlOf(lab.replica.address),
  });
}

/** What the cure of an error gives to `tailrace skip`. */
export function toSkip({ cure }: { readonly cure: string }): string {
  const given = /tailrace skip (\S+) --source/.exec(cure)?.[1];
  if (given === undefined) throw new Error(`no command is named: ${cure}`);
  return given;
}

/** What stands in the record of what was left out. */
export function skippedRows(lab: TestLab): Promise<Record<string, unknown>[]> {
  return lab.onReplica.query(
    'SELECT link, gtid, file, start_offset, end_offset, skipped_by, contents FROM tailrace.skipped ORDER BY id',
  );
}

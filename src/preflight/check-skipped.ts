import { readSkipped } from '../checkpoint/skipped-transactions.js';
import { errorCatalogue } from '../errors/error-catalogue.js';
import type { Problem } from './problem.js';
import type { ServerFacts } from '../mysql/server-facts.js';

/** Tells what was left out of the link on purpose: the replica may differ from the source by it. */
export async function checkSkipped(replica: ServerFacts, link: string): Promise<Problem[]> {
  if (!replica.privileges.hasOnSchema('tailrace', 'SELECT')) return [];
  const skipped = await readSkipped(replica.connection, link);
  if (skipped === null) return [];
  const { count, last, lastAt } = skipped;
  const what =
    count === 1
      ? `1 transaction was left out of link ${link} with tailrace skip: ${last}, on ${lastAt} UTC.`
      : `${count} transactions were left out of link ${link} with tailrace skip, the last one ${last} on ${lastAt} UTC.`;
  return [{ severity: 'note', code: 'TR_SKIP_NOTED', what, cure: errorCatalogue.TR_SKIP_NOTED.cure }];
}

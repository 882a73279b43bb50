import { redactSecrets } from '../errors/redact-secrets.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { LinkTrouble } from '../hints/link-standing.js';

/** It goes out with every hint: an error that shows rows, or a long statement, is told in full by the log alone. */
const charactersMax = 1_000;
/** Its reason shows rows, which are the log's readers' only. */
const showsRows = 'TR_APPLY_CONFLICT';
const rowsInLog = 'The log shows the row change, and the row that the replica has.';

/** What may be told of an error that stops a link: its parts, bounded and without passwords. */
export function linkTrouble(error: unknown): LinkTrouble {
  const { code, what, why, cure } =
    error instanceof TailraceError
      ? error
      : new TailraceError('TR_INTERNAL', { what: error instanceof Error ? error.message : String(error) });
  const reason = code === showsRows ? rowsInLog : why;
  return { code, what: told(what), why: reason === undefined ? null : told(reason), cure: told(cure) };
}

function told(text: string): string {
  const clean = redactSecrets(text);
  return clean.length <= charactersMax ? clean : `${clean.slice(0, charactersMax)}… (the log has all of it)`;
}

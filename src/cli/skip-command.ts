import { hostname, userInfo } from 'node:os';
import { formatServerAddress } from '../mysql/format-server-address.js';
import { exitCodes } from '../errors/exit-codes.js';
import type { LinkSettings } from '../link/link-settings.js';
import { parseSkipTarget } from '../skip/skip-target.js';
import { skipTransaction } from '../skip/skip-transaction.js';
import type { TransactionContents } from '../skip/transaction-contents.js';
import type { Arguments } from './link-options.js';
import { createLog } from './log.js';
import { oneLinkFromArguments } from './one-link.js';
import { contentsText } from './skip-text.js';

/** `tailrace skip`: shows one transaction of the source, and with `--yes` leaves it out on one replica. Returns the exit code. */
export async function skip(args: Arguments): Promise<number> {
  const target = parseSkipTarget(String(args.transaction));
  const settings = oneLinkFromArguments(args, process.env);
  const leaveOut = args.yes === true;
  const isJson = args.json === true;
  let shown: TransactionContents | null = null;
  // Whatever kills this process: what is left out and its record are committed together.
  await skipTransaction(settings, target, {
    show: (contents) => {
      shown = contents;
      if (!isJson) process.stdout.write(contentsText(contents));
    },
    leaveOut,
    by: whoRuns(),
    log: createLog(process.stderr, 'warn'),
  });
  if (isJson) process.stdout.write(`${JSON.stringify({ ...(shown ?? {}), left_out: leaveOut })}\n`);
  process.stderr.write(`${leaveOut ? doneText(settings) : onlyShown}\n`);
  return exitCodes.ok;
}

const onlyShown =
  'Nothing was changed. To skip this transaction on the replica, run the same command with --yes. Its changes will then be\n' +
  'missing on the replica, and later transactions that need it may stop the link.';

function doneText({ replica, name }: LinkSettings): string {
  return (
    `Skipped on ${formatServerAddress(replica)}, and recorded in its table tailrace.skipped (link ${name}). Start the link again; a \`tailrace run\`\n` +
    'that has announced a retry continues by itself. Then compare the data: tailrace verify.'
  );
}

/** For the record: the user of the operating system, and the host. */
function whoRuns(): string {
  try {
    return `${userInfo().username} on ${hostname()}`;
  } catch {
    // A user without an entry in the system's list, as in a container.
    return `user ${process.getuid?.() ?? 'unknown'} on ${hostname()}`;
  }
}

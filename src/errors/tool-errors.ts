import { type CatalogueEntry, entry } from './catalogue-entry.js';
import { exitCodes } from './exit-codes.js';

/** Of hints and their outlets, verify, the lab and the bench. */
export const toolErrors = {
  TR_HINTS_INVALID: entry(
    exitCodes.stopped,
    'Something that was to be routing hints is not.',
    'Check that the address is that of a tailrace daemon, and of a version that goes with this one.',
  ),
  TR_VERIFY_REPLICA_BEHIND: entry(
    exitCodes.stopped,
    'The replica lacks what the source had when the two were found to differ, and does not come nearer: whether they differ cannot be told.',
    'Let replication run, or wait longer with --replica-wait SECONDS; if nobody writes on the source, --replica-wait 0 takes each difference for one.',
  ),
  TR_VERIFY_UNSETTLED: entry(
    exitCodes.stopped,
    'Nothing was found to differ, but some rows changed each time they were looked at, and could not be compared.',
    'Compare the tables named once more at a quieter time: --tables.',
  ),
  TR_VERIFY_OVERLOADED: entry(
    exitCodes.stopped,
    'A server had too many threads running for too long.',
    'Compare at a quieter time, or raise --max-load.',
  ),
  TR_VERIFY_REFUSED: entry(
    exitCodes.stopped,
    'A server refused a statement that reads what is to be compared.',
    'See the reason that the server gave; mend it, then start again.',
  ),
  TR_VERIFY_STATE: entry(
    exitCodes.usage,
    'The file named with --resume cannot be used.',
    'Name another file, or delete it to start from the beginning.',
  ),
  TR_VERIFY_NOTHING: entry(
    exitCodes.usage,
    'What was named to be compared is on neither server.',
    "Check the names; the server's own schemas and tailrace's cannot be compared.",
  ),
  TR_REQUEST_INVALID: entry(
    exitCodes.usage,
    'A request to the lag endpoint is not understood.',
    'See what is said about it; docs/http.md lists every request.',
  ),
  TR_REQUEST_TOKEN: entry(
    exitCodes.usage,
    'A request to the lag endpoint needs a token, and came without the right one.',
    'Send it as Authorization: Bearer TOKEN.',
  ),
  TR_REQUEST_LIMIT: entry(
    exitCodes.refused,
    'The lag endpoint has as many requests of this kind as it holds at a time.',
    'Try again in a second; look for a client that opens requests and does not end them.',
  ),
  TR_LISTEN_OPEN: entry(
    exitCodes.usage,
    'The lag endpoint is to listen for other machines, with neither a token nor TLS.',
    'Set a token to read (TAILRACE_READ_TOKEN, or listen.read_token_file), or TLS (listen.tls), or listen on 127.0.0.1.',
  ),
  TR_LISTEN_FAILED: entry(
    exitCodes.refused,
    'The lag endpoint cannot listen at the address it was given.',
    'Give another address or port, or end the process that has it.',
  ),
  TR_HEARTBEAT_REFUSED: entry(
    exitCodes.refused,
    'A server refused what the heartbeat table needs; replication and hints go on without it.',
    'See the reason that the server gave; it is tried again every ten seconds.',
  ),
  TR_HEARTBEAT_FOREIGN: entry(
    exitCodes.refused,
    'The heartbeat table that is to be kept on a replica exists there, and is not one that tailrace has created.',
    'Name another table in `heartbeat:`, such as `tailrace.heartbeat`.',
  ),
  TR_LAB_NO_SERVER: entry(
    exitCodes.refused,
    'The lab found no MySQL server to start.',
    'Set TAILRACE_MYSQLD=/path/to/mysqld, or install mysqld or Docker.',
  ),
  TR_LAB_NO_PROGRAM: entry(
    exitCodes.refused,
    'The lab found no program that a test is to run beside the servers.',
    'Run it on a Debian machine whose apt has a mirror that can be reached.',
  ),
  TR_LAB_START_FAILED: entry(
    exitCodes.defect,
    'A server of the lab did not start.',
    'See the end of its error log, shown above.',
  ),
  TR_BENCH_CONTENDER_FAILED: entry(
    exitCodes.stopped,
    'Something that the bench measures did not finish.',
    'See the reason; run that workload alone with --only to look closer.',
  ),
  TR_BENCH_DATA_DIFFERS: entry(
    exitCodes.problemsFound,
    'After a round of the bench a replica does not hold what its source holds: the figures are worth nothing.',
    'This is a defect of whoever applied the data; report it with the seed, the workload and the scale.',
  ),
} as const satisfies Record<string, CatalogueEntry>;

import { type CatalogueEntry, entry } from './catalogue-entry.js';
import { exitCodes } from './exit-codes.js';

/** Of hints and their outlets, verify, the lab and the bench. */
export const toolErrors = {
  TR_HINTS_INVALID: entry(
    exitCodes.stopped,
    'A response that should contain routing hints does not.',
    'Check that the address is that of a tailrace daemon of a compatible version.',
  ),
  TR_VERIFY_REPLICA_BEHIND: entry(
    exitCodes.stopped,
    'The replica has not reached the position at which a difference was found, and makes no progress. Whether the servers differ is unknown.',
    'Let replication run, or wait longer with --replica-wait SECONDS. If nobody writes on the source, --replica-wait 0 reports each difference at once.',
  ),
  TR_VERIFY_UNSETTLED: entry(
    exitCodes.stopped,
    'No difference was found, but some rows changed at every look and could not be compared.',
    'Compare the tables named again at a quieter time: --tables.',
  ),
  TR_VERIFY_OVERLOADED: entry(
    exitCodes.stopped,
    'A server had too many threads running for too long.',
    'Compare at a quieter time, or raise --max-load.',
  ),
  TR_VERIFY_REFUSED: entry(
    exitCodes.stopped,
    'A server rejected a statement of the comparison.',
    'Fix the reason that the server gave, then start again.',
  ),
  TR_VERIFY_STATE: entry(
    exitCodes.usage,
    'The file of --resume cannot be used.',
    'Name another file, or delete it to start from the beginning.',
  ),
  TR_VERIFY_NOTHING: entry(
    exitCodes.usage,
    'Neither server has the named schemas or tables.',
    "Check the names; the server's own schemas and tailrace's cannot be compared.",
  ),
  TR_REQUEST_INVALID: entry(
    exitCodes.usage,
    'The lag endpoint does not understand a request.',
    'Correct the request as shown. docs/http.md lists every request.',
  ),
  TR_REQUEST_TOKEN: entry(
    exitCodes.usage,
    'A request to the lag endpoint lacks the right token.',
    'Send it as Authorization: Bearer TOKEN.',
  ),
  TR_REQUEST_LIMIT: entry(
    exitCodes.refused,
    'The lag endpoint has reached its limit for held requests of this kind, or has no current hints.',
    'Retry in a second. If it persists, look for a client that opens requests and does not end them.',
  ),
  TR_LISTEN_OPEN: entry(
    exitCodes.usage,
    'The lag endpoint would listen for other machines with neither a token nor TLS.',
    'Set a read token (TAILRACE_READ_TOKEN or listen.read_token_file) or TLS (listen.tls), or listen on 127.0.0.1.',
  ),
  TR_LISTEN_FAILED: entry(
    exitCodes.refused,
    'The lag endpoint cannot listen on its address.',
    'Use another address or port, or end the process that uses it.',
  ),
  TR_HEARTBEAT_REFUSED: entry(
    exitCodes.refused,
    'A server rejected what the heartbeat table needs. Replication and hints continue without it.',
    'Fix the reason that the server gave. tailrace retries every ten seconds.',
  ),
  TR_HEARTBEAT_FOREIGN: entry(
    exitCodes.refused,
    'The heartbeat table already exists on a replica, and tailrace did not create it.',
    'Use another table in `heartbeat:`, such as `tailrace.heartbeat`.',
  ),
  TR_LAB_NO_SERVER: entry(
    exitCodes.refused,
    'The lab found no MySQL server to start.',
    'Set TAILRACE_MYSQLD=/path/to/mysqld, or install mysqld or Docker.',
  ),
  TR_LAB_NO_PROGRAM: entry(
    exitCodes.refused,
    'The lab did not find a program that a test needs.',
    'Run the test on a Debian machine with a working apt mirror.',
  ),
  TR_LAB_START_FAILED: entry(
    exitCodes.defect,
    'A server of the lab did not start.',
    'See the end of its error log above.',
  ),
  TR_BENCH_CONTENDER_FAILED: entry(
    exitCodes.stopped,
    'A measurement of the bench did not finish.',
    'See the reason. Run that workload alone with --only to look closer.',
  ),
  TR_BENCH_DATA_DIFFERS: entry(
    exitCodes.problemsFound,
    'After a round of the bench a replica differs from its source, so the figures are worthless.',
    'This is a defect of the replicator that applied the data. Report it with the seed, the workload and the scale.',
  ),
} as const satisfies Record<string, CatalogueEntry>;

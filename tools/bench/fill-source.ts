import type { ServerAddress } from '../../src/mysql/server-address.js';
import { openConnection, type ServerConnection } from '../../src/mysql/server-connection.js';
import { ServerError } from '../../src/mysql/server-error.js';
import { SeededRandom } from '../lab/seeded-random.js';
import { fillWithSysbench, sysbenchProgram } from './sysbench.js';
import {
  benchSchema,
  transactionCount,
  type TransactionStatements,
  type Workload,
  type WorkloadTables,
} from './workloads/workload.js';

export interface FillOptions {
  readonly seed: number;
  readonly scale: number;
}

const packetCharsMax = 512 * 1024;
const deadlockRetriesMax = 20;
const deadlock = 1213;
const lockWaitTimeout = 1205;

/**
 * Creates the schema and the first rows of a workload: the same on every server, for the same seed. The server does not wait for its
 * disk until it is restarted, which whoever calls this does before anything is measured.
 */
export async function prepareTables(
  connection: ServerConnection,
  tables: WorkloadTables,
  seed: number,
): Promise<void> {
  await connection.execute('SET GLOBAL sync_binlog=0');
  await connection.execute('SET GLOBAL innodb_flush_log_at_trx_commit=2');
  await connection.execute(`CREATE DATABASE ${benchSchema}`);
  await connection.execute(`USE ${benchSchema}`);
  for (const statement of tables.prepare(new SeededRandom(seed, `${tables.name} prepare`))) {
    await connection.execute(statement);
  }
}

/**
 * Writes a workload to the source, over several connections, by sysbench where it has the shape and is installed. Says who
 * wrote. The source commits without waiting for its disk meanwhile: its binary log is what counts.
 */
export async function fillSource(
  source: ServerAddress,
  workload: Workload,
  options: FillOptions,
): Promise<'tailrace' | 'sysbench'> {
  const admin = await openConnection(source, { sessionLabel: 'bench fill' });
  try {
    await admin.execute('SET GLOBAL sync_binlog=0');
    await admin.execute('SET GLOBAL innodb_flush_log_at_trx_commit=2');
    const sysbench = workload.sysbench === undefined ? null : await sysbenchProgram();
    if (sysbench !== null && workload.sysbench !== undefined) {
      const transactions = transactionCount(workload, options.scale);
      await fillWithSysbench(sysbench, source, workload.sysbench, { transactions, seed: options.seed });
      return 'sysbench';
    }
    await fillWithOwnGenerator(source, workload, options);
    return 'tailrace';
  } finally {
    await admin.execute('SET GLOBAL sync_binlog=DEFAULT').catch(() => undefined);
    await admin.execute('SET GLOBAL innodb_flush_log_at_trx_commit=DEFAULT').catch(() => undefined);
    await admin.close();
  }
}

async function fillWithOwnGenerator(
  source: ServerAddress,
  workload: Workload,
  { seed, scale }: FillOptions,
): Promise<void> {
  const total = transactionCount(workload, scale);
  const { writers } = workload;
  const share = (index: number): number =>
    Math.floor((total * (index + 1)) / writers) - Math.floor((total * index) / writers);
  const write = async (index: number): Promise<void> => {
    const connection = await openConnection(source, {
      database: benchSchema,
      multipleStatements: true,
      sessionLabel: 'bench fill',
    });
    try {
      await connection.execute("SET SESSION transaction_isolation='READ-COMMITTED'");
      const random = new SeededRandom(seed, `${workload.name} writer ${index}`);
      const transactions = workload.write({ index, writers, transactions: share(index), random }, scale);
      await sendAll(connection, transactions, workload.transactionsPerPacket);
    } finally {
      await connection.close();
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, index) => write(index)));
}

async function sendAll(
  connection: ServerConnection,
  transactions: Iterable<TransactionStatements>,
  perPacket: number,
): Promise<void> {
  let waiting: TransactionStatements[] = [];
  for (const transaction of transactions) {
    waiting.push(transaction);
    if (waiting.length < perPacket) continue;
    await sendPackets(connection, waiting);
    waiting = [];
  }
  if (waiting.length > 0) await sendPackets(connection, waiting);
}

/** Sends whole transactions; a single one is sent again, as it is, when it lost a deadlock. */
async function sendPackets(
  connection: ServerConnection,
  transactions: TransactionStatements[],
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      for (const packet of packets(transactions.flat())) await connection.query(packet);
      return;
    } catch (error) {
      const lost =
        error instanceof ServerError && (error.errno === deadlock || error.errno === lockWaitTimeout);
      if (!lost || transactions.length > 1 || attempt > deadlockRetriesMax) throw error;
      await connection.execute('ROLLBACK');
    }
  }
}

/** Joins statements into packets far below any max_allowed_packet. */
function* packets(statements: readonly string[]): Generator<string> {
  let packet: string[] = [];
  let chars = 0;
  for (const statement of statements) {
    if (chars > 0 && chars + statement.length > packetCharsMax) {
      yield packet.join(';');
      packet = [];
      chars = 0;
    }
    packet.push(statement);
    chars += statement.length + 1;
  }
  if (packet.length > 0) yield packet.join(';');
}

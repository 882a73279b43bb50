import { describe, test } from '@jest/globals';
import { startNativeReplication } from '../../tools/lab/native-replication.js';
import { copyByMydumper, restoreDump, takeClone, takeDump } from '../support/backup-tools.js';
import type { BinlogPosition } from '../../src/binlog/binlog-position.js';
import {
  catchUp,
  expectEqual,
  gtidExecuted,
  linkSettings,
  makeLink,
  sourceEnd,
} from '../support/engine-link.js';
import { notDurable, type TestLab, useLab } from '../support/lab.js';
import { snapshotTables, snapshotTransactions } from '../support/snapshot-reader.js';
import { sql } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

/** `npm run backups` takes more of them. */
const rounds = Number(process.env['TAILRACE_BACKUPS'] ?? 2);
const batch = 200;
const roundsBetweenRests = 4;
const dumps = ['--single-transaction', '--single-transaction --source-data=2'];

interface Load {
  /** The link of the first replica follows a source that is written to without a pause. */
  readonly underLoad: (work: (servers: TestLab) => Promise<void>) => Promise<void>;
  /** Transactions so far. */
  readonly written: () => number;
}

function useLoad(lab: () => Promise<TestLab>, { gtid }: { readonly gtid: boolean }): Load {
  let written = 0;
  let calls = 0;
  let from: BinlogPosition | null = null;
  const underLoad = async (work: (servers: TestLab) => Promise<void>): Promise<void> => {
    const servers = await lab();
    if (!gtid) from ??= await sourceEnd(servers);
    // Now and then from the beginning: what is dumped and compared does not grow with the rounds.
    if (calls++ % roundsBetweenRests === 0) {
      await sql(servers.onSource, 'DROP DATABASE IF EXISTS snap', ...snapshotTables());
    }
    const { link } = makeLink(linkSettings(servers, { epochRowsMax: 100, from }));
    const end = new AbortController();
    const running = link.run({ kind: 'forever' }, end.signal);
    let isOver = false;
    const writer = await servers.source.connect({ multipleStatements: true });
    const writing = (async () => {
      for (; !isOver; written += batch) await writer.query(snapshotTransactions(written, batch));
    })();
    try {
      await waitFor(() => link.progress().transactions > batch, { what: 'the link to apply' });
      await Promise.race([work(servers), running]);
    } finally {
      isOver = true;
      await writing.finally(() => writer.close());
      end.abort();
      await running;
    }
  };
  return { underLoad, written: () => written };
}

/** The copy of the first replica, seen as the replica of the source. */
async function copyOf(servers: TestLab): Promise<TestLab & { close: () => Promise<void> }> {
  const replica = servers.replicas[1]!;
  const onReplica = await replica.connect();
  return { ...servers, replica, onReplica, close: () => onReplica.close() };
}

/** A backup is taken while tailrace applies as fast as it can, restored on a server of its own, and continued. */
describe('backups of a replica that tailrace feeds', () => {
  const withClone = { ...notDurable, 'plugin-load-add': 'mysql_clone.so' };
  const lab = useLab({ replicas: 2, sourceSettings: notDurable, replicaSettings: withClone });
  const { underLoad, written } = useLoad(lab, { gtid: true });

  async function continueByTailrace(): Promise<void> {
    const copy = await copyOf(await lab());
    try {
      await catchUp(copy);
      await expectEqual(copy);
    } finally {
      await copy.close();
    }
  }

  async function continueNatively(): Promise<void> {
    const copy = await copyOf(await lab());
    try {
      // Something must be left for it to do.
      await sql(copy.onSource, `INSERT INTO snap.k VALUES (${-1 - written()})`);
      await startNativeReplication(copy.replica, copy.source);
      const goal = await gtidExecuted(copy.onSource);
      await copy.onReplica.query('SELECT WAIT_FOR_EXECUTED_GTID_SET(?, 60)', [goal]);
      await expectEqual(copy);
    } finally {
      await copy.close();
    }
  }

  /** By turns. */
  const continued = [continueNatively, continueByTailrace] as const;

  test.each(dumps)('mysqldump %s: continued by either, equal to the source', async (options) => {
    for (let round = 0; round < rounds; round++) {
      let dump = '';
      await underLoad(async ({ replica }) => {
        dump = await takeDump(replica, options.split(' '));
      });
      const copy = (await lab()).replicas[1]!;
      await restoreDump(copy, dump);
      await continued[round % 2]!();
    }
  });

  test('CLONE: completed by tailrace, continued by either, equal to the source', async () => {
    for (let round = 0; round < rounds; round++) {
      const copy = (await lab()).replicas[1]!;
      await underLoad(({ replica }) => takeClone(replica, copy));
      await continueByTailrace();
      if (round % 2 === 0) await continueNatively();
    }
  });
});

describe('backups of a replica without GTIDs', () => {
  const lab = useLab({ gtid: false, replicas: 2, sourceSettings: notDurable, replicaSettings: notDurable });
  const { underLoad } = useLoad(lab, { gtid: false });

  test('mydumper with several threads: continued from the checkpoint that is in it, equal to the source', async () => {
    for (let round = 0; round < rounds; round++) {
      let restore = (): Promise<void> => Promise.resolve();
      await underLoad(async ({ replica, replicas }) => {
        restore = await copyByMydumper(replica, replicas[1]!);
      });
      await restore();
      const copy = await copyOf(await lab());
      try {
        const [row] = await copy.onReplica.query<{ file: string; offset: string }>(
          'SELECT end_file AS file, end_offset AS offset FROM tailrace.checkpoint ORDER BY epoch DESC, lane LIMIT 1',
        );
        await catchUp(copy, { from: { file: row!.file, offset: Number(row!.offset) } });
        await expectEqual(copy);
      } finally {
        await copy.close();
      }
    }
  });
});

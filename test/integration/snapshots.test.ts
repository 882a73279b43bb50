import { describe, expect, test } from '@jest/globals';
import type { LinkSettings } from '../../src/link/link-settings.js';
import { expectEqual, linkSettings, makeLink, warningsOf } from '../support/engine-link.js';
import { notDurable, type TestLab, useLab } from '../support/lab.js';
import {
  countGtids,
  readSnapshots,
  snapshotTables,
  snapshotTransactions,
} from '../support/snapshot-reader.js';
import { sql, sqlValue } from '../support/sql.js';

const transactions = 1_500;
const batch = 500;

/**
 * Small epochs: each is half visible for a moment, and a snapshot would meet some of these moments. Twice with several lanes,
 * which commit one after the other; with one lane its rows come before their GTIDs.
 */
describe.each([{ gtid: true }, { gtid: false }])('snapshots of a replica, GTIDs on: $gtid', ({ gtid }) => {
  const lab = useLab({ gtid, sourceSettings: notDurable });
  const from = { file: 'binlog.000001', offset: 4 };
  let written = 0;
  let namedBefore = 0;

  /** Applies transactions while `work` goes on beside; it is told when the link has ended. */
  async function whileCatchingUp<T>(
    changes: Partial<LinkSettings>,
    work: (servers: TestLab, isOver: () => boolean) => Promise<T>,
  ): Promise<T> {
    const servers = await lab();
    if (written === 0) {
      await sql(servers.onSource, ...snapshotTables());
      const settings = linkSettings(servers, { from });
      await makeLink(settings).link.run({ kind: 'now' }, new AbortController().signal);
      namedBefore = gtid
        ? countGtids(String(await sqlValue(servers.onReplica, 'SELECT @@GLOBAL.gtid_executed')))
        : 0;
    }
    const writer = await servers.source.connect({ multipleStatements: true });
    try {
      for (const end = written + transactions; written < end; written += batch) {
        await writer.query(snapshotTransactions(written, batch));
      }
    } finally {
      await writer.close();
    }
    const { link, logged } = makeLink(linkSettings(servers, { from, epochRowsMax: 40, ...changes }));
    let isOver = false;
    const running = link.run({ kind: 'now' }, new AbortController().signal).finally(() => (isOver = true));
    const [report, result] = await Promise.all([running, work(servers, () => isOver)]);
    expect({ fallbacks: report.fallbacks, warnings: warningsOf({ logged }) }).toEqual({
      fallbacks: 0,
      warnings: [],
    });
    await expectEqual(servers);
    return result;
  }

  test.each([4, 1])(
    'taken under FLUSH TABLES WITH READ LOCK hold whole epochs and their GTIDs, lanes: %i [P41]',
    async (lanes) => {
      const { taken, wrong } = await whileCatchingUp({ lanes }, ({ replica }, isOver) =>
        readSnapshots(replica, { gtid, namedBefore, isOver }),
      );
      expect(taken).toBeGreaterThan(0);
      expect(wrong).toEqual([]);
    },
  );
});

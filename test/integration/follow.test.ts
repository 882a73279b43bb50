import { beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { GtidSet } from '../../src/gtid/gtid-set.js';
import type { LinkSettings } from '../../src/link/link-settings.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import {
  catchUp,
  expectEqual,
  gtidExecuted,
  linkSettings,
  makeLink,
  sourceEnd,
} from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab();

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    'CREATE DATABASE f',
    'CREATE TABLE f.t (id INT PRIMARY KEY)',
    'CREATE TABLE f.a (id INT PRIMARY KEY, amount INT, pad VARCHAR(500))',
    'CREATE TABLE f.b (id INT PRIMARY KEY, amount INT, pad VARCHAR(500))',
    'CREATE TABLE f.other (id INT PRIMARY KEY, v INT, pad VARCHAR(500))',
    `INSERT INTO f.a WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 600) SELECT n, 1000, REPEAT('a', 500) FROM s`,
    'INSERT INTO f.b SELECT id, 1000, pad FROM f.a',
    'INSERT INTO f.other SELECT id, 0, pad FROM f.a',
  );
  await catchUp(await lab());
});

const count = async (): Promise<number> =>
  Number(await sqlValue((await lab()).onReplica, 'SELECT COUNT(*) FROM f.t'));

async function insert(...ids: number[]): Promise<void> {
  await sql((await lab()).onSource, ...ids.map((id) => `INSERT INTO f.t VALUES (${id})`));
}

describe('a link ends where it was told to', () => {
  test('until a GTID set: at it, although more waits', async () => {
    const { onSource, onReplica } = await lab();
    await insert(1, 2, 3);
    const set = GtidSet.parse(await gtidExecuted(onSource));
    await insert(4, 5, 6);
    await catchUp(await lab(), {}, { kind: 'gtid', set });
    expect(await count()).toBe(3);
    expect(await gtidExecuted(onReplica)).toBe(set.toString());
    // Once more: it is there already.
    const { report } = await catchUp(await lab(), {}, { kind: 'gtid', set });
    expect(report.transactions).toBe(0);
    await catchUp(await lab());
    await expectEqual(await lab());
  });

  test('until a position: at it, although more waits, and at once when it lies behind', async () => {
    const servers = await lab();
    await insert(10, 11);
    const position = await sourceEnd(servers);
    await insert(12, 13);
    const before = await count();
    await catchUp(servers, {}, { kind: 'position', position });
    expect(await count()).toBe(before + 2);
    await sql(servers.onSource, 'FLUSH BINARY LOGS');
    await insert(14);
    await catchUp(servers);
    const again = await catchUp(servers, {}, { kind: 'position', position });
    expect(again.report.transactions).toBe(0);
    await expectEqual(servers);
  });

  test('until now: although the source is never idle', async () => {
    const servers = await lab();
    const writer = await servers.source.connect();
    let writing = true;
    let written = 1000;
    const writes = (async () => {
      while (writing) await writer.execute(`INSERT INTO f.t VALUES (${(written += 1)})`);
    })();
    await waitFor(() => written > 1050);
    const executed = GtidSet.parse(await gtidExecuted(servers.onSource));
    const { report } = await catchUp(servers);
    expect(GtidSet.parse(report.gtidExecuted).contains(executed)).toBe(true);
    writing = false;
    await writes;
    await writer.close();
    await catchUp(servers);
    await expectEqual(servers);
  });

  test('after a stop it goes on where it was, with other lanes and another partition', async () => {
    const servers = await lab();
    const ends: Partial<LinkSettings>[] = [
      { lanes: 1 },
      { lanes: 6, partition: 'row' },
      { lanes: 2, partition: 'schema' },
    ];
    let transactions = 0;
    for (const [round, settings] of ends.entries()) {
      const { link } = makeLink(linkSettings(servers, settings));
      const end = new AbortController();
      const running = link.run({ kind: 'forever' }, end.signal);
      for (let i = 0; i < 30; i++) await insert(5000 + round * 100 + i);
      await waitFor(() => link.progress().transactions > 5);
      end.abort();
      const report = await running;
      expect(report.state).toBe('stopped');
      transactions += report.transactions;
    }
    transactions += (await catchUp(servers)).report.transactions;
    expect(transactions).toBe(90);
    await expectEqual(servers);
  });
});

describe('invariant 6: what a reader on the replica sees', () => {
  const rounds = 40;
  /** So many transactions wait at most: more than one, so that epochs fill lanes, and not all, however slow the replica is. */
  const aheadMax = 5;

  /** Moves amounts between two tables, in transactions that each keep the sum; nearly every row. `mayMove`: whether the next is due. */
  async function move(writer: ServerConnection, mayMove: (round: number) => boolean): Promise<void> {
    for (let round = 1; round <= rounds; round++) {
      while (!mayMove(round)) await sleep(1);
      await sql(
        writer,
        'BEGIN',
        `UPDATE f.a SET amount = amount - ${round}`,
        `UPDATE f.other SET v = ${round}`,
        `UPDATE f.b SET amount = amount + ${round}`,
        'COMMIT',
      );
    }
  }

  async function sumsSeen(settings: Partial<LinkSettings>): Promise<Set<string>> {
    const servers = await lab();
    const sums = new Set<string>();
    const { link } = makeLink(linkSettings(servers, settings));
    const end = new AbortController();
    const running = link.run({ kind: 'forever' }, end.signal);
    const reader = await servers.replica.connect();
    const writer = await servers.source.connect();
    let writing = true;
    let reads = 0;
    const isDue = (round: number): boolean =>
      reads >= round && link.progress().transactions >= round - aheadMax;
    const writes = move(writer, isDue).finally(() => (writing = false));
    while (writing || link.progress().transactions < rounds) {
      const text = 'SELECT (SELECT SUM(amount) FROM f.a) + (SELECT SUM(amount) FROM f.b) AS sum';
      sums.add(String(await sqlValue(reader, text)));
      reads += 1;
      await sleep(1);
    }
    await writes;
    end.abort();
    const report = await running;
    expect(report.epochs).toBeGreaterThan(5);
    expect(reads).toBeGreaterThan(20);
    await Promise.all([reader.close(), writer.close()]);
    await expectEqual(servers);
    return sums;
  }

  test('with one lane only states that the source had', async () => {
    expect([...(await sumsSeen({ lanes: 1 }))]).toEqual(['1200000']);
  });

  test.each(['table', 'row', 'auto'] as const)(
    'with four lanes tables that are declared to be linked do not tear: partition %s',
    async (partition) => {
      const sums = await sumsSeen({ lanes: 4, partition, linkedTables: [['f.a', 'f.b']] });
      expect([...sums]).toEqual(['1200000']);
    },
  );
});

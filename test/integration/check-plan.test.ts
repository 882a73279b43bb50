import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { check } from '../../src/cli/check-command.js';
import { readLinkPlan, type LinkPlan, type PlannedTable } from '../../src/preflight/link-plan.js';
import type { LinkSettings } from '../../src/link/link-settings.js';
import { expectLevel, linkSettings } from '../support/engine-link.js';
import { serverDigest } from '../support/engine-digest.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';
import { urlOf } from '../support/tailrace-process.js';

const lab = useLab();

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    'CREATE DATABASE shop',
    'CREATE DATABASE other',
    'USE shop',
    'CREATE TABLE plain (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, v INT)',
    'CREATE TABLE by_mail (id INT PRIMARY KEY, mail VARCHAR(50) COLLATE utf8mb4_0900_ai_ci, UNIQUE by_mail (mail))',
    'CREATE TABLE by_text (k VARCHAR(20) COLLATE utf8mb4_bin PRIMARY KEY)',
    'CREATE TABLE by_float (d DOUBLE PRIMARY KEY)',
    'CREATE TABLE prefixed (id INT PRIMARY KEY, t TEXT, UNIQUE starts (t(5)))',
    'CREATE TABLE computed (id INT PRIMARY KEY, a INT, UNIQUE doubled ((a * 2)))',
    'CREATE TABLE customers (id INT PRIMARY KEY)',
    'CREATE TABLE orders (id INT PRIMARY KEY, c INT, CONSTRAINT of_customer FOREIGN KEY (c) REFERENCES customers (id) ON DELETE CASCADE)',
    'CREATE TABLE log_lines (at DATETIME, what TEXT)',
    'CREATE TABLE old_engine (id INT PRIMARY KEY) ENGINE = MyISAM',
    'CREATE TABLE parents (id INT PRIMARY KEY)',
    'CREATE TABLE keyless_children (p INT, CONSTRAINT of_parent FOREIGN KEY (p) REFERENCES parents (id))',
    'CREATE TABLE other.declared (id INT PRIMARY KEY)',
  );
  await expectLevel(await lab());
});

afterEach(() => {
  jest.restoreAllMocks();
});

async function plan(changes: Partial<LinkSettings> = {}): Promise<LinkPlan> {
  return readLinkPlan(linkSettings(await lab(), changes));
}

function named({ tables }: LinkPlan, table: string): PlannedTable {
  const found = tables.find((one) => one.table === table);
  if (found === undefined) throw new Error(`the plan has no table ${table}`);
  return found;
}

/** What `check` prints on stdout, and its exit code. */
async function checked(...options: readonly string[]): Promise<{ code: number; stdout: string }> {
  const { source, replica } = await lab();
  const args: Record<string, unknown> = { source: urlOf(source.address), replica: [urlOf(replica.address)] };
  for (const option of options) args[option] = true;
  let stdout = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  const code = await check(args);
  return { code, stdout };
}

describe('the plan of a link', () => {
  test('says of each table how it is applied, to which lane it goes, and why', async () => {
    const found = await plan();
    expect(named(found, 'plain')).toMatchObject({
      applied: 'net-changes',
      primaryKey: ['id'],
      unit: 'row',
      splitObstacle: null,
      sourceOrder: [],
      linkGroup: null,
      autoIncrementColumn: 'id',
    });
    const obstacles: Record<string, [string, RegExp]> = {
      by_mail: ['by_mail', /mail: utf8mb4_0900_ai_ci takes different letters for equal/],
      by_text: ['PRIMARY', /k: utf8mb4_bin passes over trailing spaces/],
      by_float: ['PRIMARY', /d: a DOUBLE holds 0 and -0/],
      prefixed: ['starts', /only the first 5 characters of t/],
      computed: ['doubled', /expression/],
    };
    for (const [table, [key, why]] of Object.entries(obstacles)) {
      const { splitObstacle, unit } = named(found, table);
      expect({ unit, splitObstacle }).toEqual({
        unit: 'table',
        splitObstacle: { kind: 'key', key, why: expect.stringMatching(why) },
      });
    }
    expect(named(found, 'log_lines')).toMatchObject({
      applied: 'in-order',
      unit: 'lane-0',
      primaryKey: null,
    });
    expect(named(found, 'old_engine')).toMatchObject({ applied: 'alone', unit: 'lane-0' });
    expect(named(found, 'orders')).toMatchObject({
      unit: 'linked-tables',
      linkGroup: 'shop.customers',
      links: {
        foreignKeys: [
          { name: 'of_customer', child: 'shop.orders', parent: 'shop.customers', hasAction: true },
        ],
      },
      sourceOrder: [],
    });
    // The one without a key keeps its parent in order, too.
    for (const table of ['parents', 'keyless_children']) {
      expect(named(found, table).sourceOrder).toEqual([
        expect.objectContaining({ reason: 'linked-without-key', table: 'keyless_children' }),
      ]);
    }
    expect(found).toMatchObject({ gtids: { byGtid: true, canAdopt: true }, handoff: null, cut: false });
  });

  test('follows the settings of the link', async () => {
    const bySchema = await plan({ partition: 'schema' });
    expect(named(bySchema, 'plain').unit).toBe('schema');
    expect(named(await plan({ partition: 'table' }), 'plain').unit).toBe('table');
    expect(named(await plan({ lanes: 1 }), 'plain').unit).toBe('table');
    const linkedTables = [['other.declared', 'shop.plain']];
    const declared = named(await plan({ linkedTables }), 'declared');
    expect(declared).toMatchObject({
      unit: 'linked-tables',
      linkGroup: 'other.declared',
      links: { declared: linkedTables },
    });
  });

  test('follows the way in which the source logs', async () => {
    const { onSource } = await lab();
    await sql(onSource, "SET GLOBAL binlog_row_image = 'MINIMAL'");
    try {
      const found = await plan();
      expect(found.habits).toEqual({ partialImages: true, actionsLogged: true });
      expect(named(found, 'plain').sourceOrder.map(({ reason }) => reason)).toEqual(['partial-image']);
    } finally {
      await sql(onSource, 'SET GLOBAL binlog_row_image = DEFAULT');
    }
  });

  test('is printed in a few lines, and changes nothing [P8]', async () => {
    const before = await serverDigest(await lab());
    const { code, stdout } = await checked();
    expect(await serverDigest(await lab())).toBe(before);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}plan {4}13 tables, 4 lanes, partition auto$/m);
    expect(stdout).toMatch(
      / 2 {2}in source order in lane 0: no key \(shop\.keyless_children, shop\.log_lines\)/,
    );
    expect(stdout).toMatch(/ 1 {2}alone, as the source wrote it: .*\(shop\.old_engine\)/);
    expect(stdout).toMatch(/ 5 {2}never split by row: equal keys may have different bytes/);
    expect(stdout).toMatch(/ 1 {2}AUTO_INCREMENT kept equal to the source \(shop\.plain\)/);
    expect(stdout).toContain('single transactions keep their GTID');
    expect(stdout).toContain('native replication is not configured');
    expect(stdout).not.toContain('applied  ');
  });

  test('is printed for each table when asked for', async () => {
    const { stdout } = await checked('tables');
    expect(stdout).toMatch(/^ {2}shop\.plain\n {4}applied {2}net changes by primary key \(id\)$/m);
    expect(stdout).toMatch(/foreign key of_customer: shop\.orders → shop\.customers, with actions/);
    expect(stdout).toMatch(/not by row: key by_mail: mail: utf8mb4_0900_ai_ci/);
    expect(stdout).toMatch(
      /in source order because a linked table has no primary key \(write, update, delete of/,
    );
  });

  test('is one line of JSON when asked for', async () => {
    const { stdout } = await checked('json');
    expect(stdout.trimEnd().split('\n').length).toBe(1);
    const found = JSON.parse(stdout) as {
      ready: boolean;
      links: { link: string; plan: { tables: unknown[] } }[];
    };
    expect(found.ready).toBe(true);
    expect(found.links[0]?.plan.tables).toContainEqual({
      schema: 'shop',
      table: 'by_float',
      applied: 'net-changes',
      primary_key: ['d'],
      unit: 'table',
      split_obstacle: { kind: 'key', key: 'PRIMARY', why: expect.any(String) },
      source_order: [],
      link_group: null,
      foreign_keys: [],
      linked_tables: [],
      auto_increment: null,
    });
  });
});

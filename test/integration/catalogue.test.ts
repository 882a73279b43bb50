import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LabServer } from '../../src/lab/lab-server.js';
import { startLabServer } from '../../src/lab/start-lab-server.js';
import { SchemaCatalogue } from '../../src/schema/schema-catalogue.js';
import { openConnection, type ServerConnection } from '../../src/mysql/server-connection.js';

let server: LabServer;
let admin: ServerConnection;
let reader: ServerConnection;

beforeAll(async () => {
  server = await startLabServer({ role: 'replica' });
  admin = await server.connect({ multipleStatements: true });
  // Least privileges, and a session that hides generated invisible primary keys unless told otherwise.
  await admin.query(
    `CREATE USER reader@'%' IDENTIFIED BY 'reader-secret'; GRANT SELECT ON *.* TO reader@'%';
     SET GLOBAL show_gipk_in_create_table_and_information_schema = OFF; CREATE DATABASE shop; USE shop; ${tables}`,
  );
  reader = await openConnection({ ...server.address, user: 'reader', password: 'reader-secret' });
});
afterAll(async () => {
  await Promise.all([admin?.close(), reader?.close()]);
  await server?.stop();
});

const tables = `
  CREATE TABLE plain (id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT, name VARCHAR(10), UNIQUE by_name (name));
  CREATE TABLE mixed (id INT PRIMARY KEY, virt INT AS (id + 1) VIRTUAL, stor INT AS (id + 2) STORED, invisible INT INVISIBLE,
    name VARCHAR(20), UNIQUE upper_name ((UPPER(name))), KEY doubled ((id * 2)));
  ALTER TABLE mixed ADD COLUMN at_end INT, ADD COLUMN second INT AFTER id;
  SET sql_generate_invisible_primary_key = ON; CREATE TABLE keygen (a INT, b INT); SET sql_generate_invisible_primary_key = OFF;
  CREATE TABLE keyless (a INT UNIQUE, b INT); CREATE TABLE promoted (a INT NOT NULL UNIQUE, b INT);
  CREATE TABLE text_key (id VARCHAR(20) PRIMARY KEY);
  CREATE TABLE prefix_key (a VARBINARY(20), b BLOB, PRIMARY KEY (a, b(4)));
  CREATE TABLE kinds (id BIGINT PRIMARY KEY, f DOUBLE, d DECIMAL(9,2), bin BINARY(16), varbin VARBINARY(16), fixed CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    padded VARCHAR(36) COLLATE utf8mb4_bin, unpadded VARCHAR(36) COLLATE utf8mb4_0900_bin, dt DATETIME(6), bits BIT(9), e ENUM('a','b'),
    UNIQUE uf (f), UNIQUE ud (d), UNIQUE ubin (bin), UNIQUE uvarbin (varbin), UNIQUE ufixed (fixed), UNIQUE upadded (padded),
    UNIQUE uunpadded (unpadded), UNIQUE udt (dt DESC), UNIQUE ubits (bits), UNIQUE ue (e, dt), UNIQUE uhidden (id, f) INVISIBLE);
  CREATE TABLE parent (id INT PRIMARY KEY);
  CREATE TABLE child (id INT PRIMARY KEY, parent_id INT, FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE);
  CREATE TABLE grandchild (id INT PRIMARY KEY, child_id INT, FOREIGN KEY (child_id) REFERENCES child (id));
  CREATE TABLE tree (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES tree (id));
  CREATE TABLE Orders (id INT PRIMARY KEY); CREATE TABLE orders (a INT, id INT PRIMARY KEY) ENGINE=MyISAM;
  CREATE VIEW seen AS SELECT 1 AS one;
`;

describe('the catalogue', () => {
  test('numbers columns as row images do: generated and invisible ones count, hidden key columns do not', async () => {
    const mixed = await new SchemaCatalogue(reader).load('shop', 'mixed');
    expect(mixed.columnNames).toEqual(['id', 'second', 'virt', 'stor', 'invisible', 'name', 'at_end']);
    expect(mixed.primaryKey).toEqual([0]);
    expect(mixed.uniqueKeys).toEqual([
      {
        name: 'upper_name',
        columns: [],
        comparable: false,
        functional: true,
        obstacle: 'a part of it is an expression',
      },
    ]);
  });

  test('agrees with the number of columns in the binary log', async () => {
    const catalogue = new SchemaCatalogue(reader);
    const counts = await loggedColumnCounts({
      mixed: 'INSERT INTO mixed (id, name) VALUES (1, "x")',
      keygen: 'INSERT INTO keygen (a) VALUES (1)',
      kinds: 'INSERT INTO kinds (id) VALUES (1)',
    });
    for (const [table, count] of counts) {
      expect([table, (await catalogue.load('shop', table)).columnNames.length]).toEqual([table, count]);
    }
  });

  test('shows a generated invisible primary key although the server hides it [T5]', async () => {
    const generated = await new SchemaCatalogue(reader).load('shop', 'keygen');
    expect(generated).toMatchObject({
      columnNames: ['my_row_id', 'a', 'b'],
      primaryKey: [0],
      primaryKeyComparable: true,
      autoIncrementColumn: 0,
      autoIncrementUnsigned: true,
    });
  });

  test('knows which keys can be compared as bytes [T4]', async () => {
    const catalogue = new SchemaCatalogue(reader);
    const { uniqueKeys } = await catalogue.load('shop', 'kinds');
    const comparable = uniqueKeys.filter((key) => key.comparable).map((key) => key.name);
    const others = uniqueKeys.filter((key) => !key.comparable).map((key) => key.name);
    expect(comparable.sort()).toEqual(['ubin', 'ubits', 'ud', 'udt', 'ue', 'ufixed', 'uunpadded', 'uvarbin']);
    expect(others.sort()).toEqual(['uf', 'uhidden', 'upadded']);
    await expect(catalogue.load('shop', 'text_key')).resolves.toMatchObject({
      primaryKey: [0],
      primaryKeyComparable: false,
    });
    await expect(catalogue.load('shop', 'prefix_key')).resolves.toMatchObject({
      primaryKey: [0, 1],
      primaryKeyComparable: false,
    });
  });

  test('equal values of byte-comparable types have equal bytes in row images [T4]', async () => {
    // What the server holds for equal: trailing zero bytes of BINARY, trailing spaces of CHAR, negative zeros.
    await admin.query(
      'CREATE TABLE equal_values (id INT PRIMARY KEY, bin BINARY(4), fixed CHAR(4) COLLATE utf8mb4_bin, d DECIMAL(5,2), t TIME(6))',
    );
    const images = await loggedRowImages('equal_values', [
      `INSERT INTO equal_values VALUES (7, x'0102', 'a', 0, '00:00:00')`,
      `INSERT INTO equal_values VALUES (7, x'01020000', 'a   ', -0.001, '-00:00:00')`,
    ]);
    expect(images[0]).toBe(images[1]);
  });

  test('without a primary key a unique key that is NOT NULL takes its place, as the server has it', async () => {
    const catalogue = new SchemaCatalogue(reader);
    const promoted = await catalogue.load('shop', 'promoted');
    expect(promoted).toMatchObject({ primaryKey: [0], primaryKeyComparable: true, uniqueKeys: [] });
    const keyless = await catalogue.load('shop', 'keyless');
    expect(keyless).toMatchObject({ primaryKey: null, primaryKeyComparable: false });
    expect(keyless.uniqueKeys).toEqual([{ name: 'a', columns: [0], comparable: true, functional: false }]);
  });

  test('groups tables by foreign keys and by declared lists [P6]', async () => {
    const catalogue = new SchemaCatalogue(reader, { linkedTables: [['shop.plain', 'shop.keyless']] });
    for (const table of ['parent', 'child', 'grandchild']) {
      await expect(catalogue.load('shop', table)).resolves.toMatchObject({
        linkGroup: 'shop.child',
        linked: true,
        referentialActions: true,
      });
    }
    await expect(catalogue.load('shop', 'tree')).resolves.toMatchObject({
      linkGroup: 'shop.tree',
      linked: true,
      referentialActions: false,
    });
    const declared = { linkGroup: 'shop.keyless', linked: true, referentialActions: false };
    await expect(catalogue.load('shop', 'plain')).resolves.toMatchObject(declared);
    await expect(catalogue.load('shop', 'mixed')).resolves.toMatchObject({
      linkGroup: 'shop.mixed',
      linked: false,
    });
  });

  test('tells names apart by case where the server does', async () => {
    const catalogue = new SchemaCatalogue(reader);
    await expect(catalogue.load('shop', 'Orders')).resolves.toMatchObject({
      columnNames: ['id'],
      transactional: true,
    });
    await expect(catalogue.load('shop', 'orders')).resolves.toMatchObject({
      columnNames: ['a', 'id'],
      transactional: false,
    });
  });

  test('keeps what it knows until it is told that something changed [T17]', async () => {
    const catalogue = new SchemaCatalogue(reader);
    expect(catalogue.peek('shop', 'plain')).toBeUndefined();
    const before = await catalogue.load('shop', 'plain');
    expect(catalogue.peek('shop', 'plain')).toBe(before);
    expect(catalogue.peek('shop', 'parent')).toBeDefined();
    await admin.execute('ALTER TABLE shop.plain ADD COLUMN more INT FIRST');
    expect(catalogue.peek('shop', 'plain')).toBe(before);
    catalogue.invalidate();
    expect(catalogue.peek('shop', 'plain')).toBeUndefined();
    await expect(catalogue.load('shop', 'plain')).resolves.toMatchObject({
      columnNames: ['more', 'id', 'name'],
      primaryKey: [1],
      autoIncrementColumn: 1,
    });
  });

  test('forgets the tables that a statement names and keeps the others, unless one of them is tied to others', async () => {
    const catalogue = new SchemaCatalogue(reader);
    const [plain, keyless] = [await catalogue.load('shop', 'plain'), await catalogue.load('shop', 'keyless')];
    catalogue.forget([{ schema: 'shop', table: 'keyless' }]);
    expect(catalogue.peek('shop', 'keyless')).toBeUndefined();
    expect(catalogue.peek('shop', 'plain')).toBe(plain);
    await expect(catalogue.load('shop', 'keyless')).resolves.toEqual(keyless);
    catalogue.forget([{ schema: 'shop', table: 'no such table' }]);
    expect(catalogue.peek('shop', 'plain')).toBe(plain);
    catalogue.forget([{ schema: 'shop', table: 'child' }]);
    expect(catalogue.peek('shop', 'plain')).toBeUndefined();
  });

  test('reads the tables that are asked for alone where a schema has too many', async () => {
    const names = Array.from({ length: 501 }, (_, at) => `t${at}`);
    await admin.query(
      `CREATE DATABASE many; ${names.map((name) => `CREATE TABLE many.${name} (id INT PRIMARY KEY)`).join(';')}`,
    );
    const catalogue = new SchemaCatalogue(reader);
    await catalogue.readAhead([
      { schema: 'many', table: 't1' },
      { schema: 'many', table: 't2' },
      { schema: 'shop', table: 'plain' },
      { schema: 'many', table: 'no such table' },
    ]);
    expect(catalogue.peek('many', 't1')).toMatchObject({ schema: 'many', table: 't1', primaryKey: [0] });
    expect(catalogue.peek('many', 't2')).toMatchObject({ table: 't2', columnNames: ['id'] });
    expect(catalogue.peek('shop', 'parent')).toBeDefined();
    expect(catalogue.peek('many', 't3')).toBeUndefined();
    await expect(catalogue.load('many', 't3')).resolves.toMatchObject({ table: 't3' });
  });

  test('a load that runs while something changes does not keep the old state', async () => {
    const catalogue = new SchemaCatalogue(reader);
    const loads = [catalogue.load('shop', 'parent'), catalogue.load('shop', 'child')];
    catalogue.invalidate();
    for (const traits of await Promise.all(loads)) {
      expect(catalogue.peek('shop', traits.table)).toBe(traits);
    }
  });

  test('a missing table, and a view, end with the statement that helps', async () => {
    const catalogue = new SchemaCatalogue(reader);
    for (const name of ['no such table', 'seen']) {
      await expect(catalogue.load('shop', name)).rejects.toMatchObject({
        code: 'TR_SCHEMA_MISMATCH',
        cure: expect.stringContaining(`SHOW CREATE TABLE \`shop\`.\`${name}\``),
      });
    }
  });
});

/** How many columns the table map of each statement has: the length-encoded count behind the table's name. */
async function loggedColumnCounts(statements: Record<string, string>): Promise<[string, number][]> {
  const counts: [string, number][] = [];
  for (const [table, statement] of Object.entries(statements)) {
    const [map] = await loggedEvents(table, [statement]);
    const name = Buffer.from(table);
    const at = map?.indexOf(Buffer.concat([name, Buffer.from([0])])) ?? -1;
    counts.push([table, map?.[at + name.length + 1] ?? -1]);
  }
  return counts;
}

/** Row images of the write events of each statement, as hexadecimal text. */
async function loggedRowImages(table: string, statements: readonly string[]): Promise<string[]> {
  const images: string[] = [];
  for (const statement of statements) {
    const [, rows] = await loggedEvents(table, [statement]);
    // Behind the header: 6 bytes of table id, 2 of flags, 2 of extra data length, the column count, the bitmap.
    const columns = rows?.[29] ?? 0;
    images.push(rows?.subarray(30 + Math.ceil(columns / 8)).toString('hex') ?? '');
    await admin.query(`DELETE FROM ${table}`);
  }
  return images;
}

/** Table maps (type 19) and write events (type 30) that the statements log, without their checksums. */
async function loggedEvents(table: string, statements: readonly string[]): Promise<Buffer[]> {
  await admin.query('FLUSH BINARY LOGS');
  for (const statement of statements) await admin.query(statement);
  const [status] = await admin.query<{ File: string }>('SHOW BINARY LOG STATUS');
  const [loaded] = await admin.query<{ bytes: Buffer }>(
    `SELECT LOAD_FILE(CONCAT(@@datadir, '${status?.File ?? ''}')) AS bytes`,
  );
  const file = loaded?.bytes ?? Buffer.alloc(0);
  const events: Buffer[] = [];
  for (let at = 4; at < file.length;) {
    const length = file.readUInt32LE(at + 9);
    if ([19, 30].includes(file[at + 4] ?? 0)) events.push(file.subarray(at, at + length - 4));
    at += length;
  }
  expect(events[0]?.includes(table)).toBe(true);
  return events;
}

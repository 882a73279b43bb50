import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { chunkDigestStatement } from '../../src/verify/chunk-statements.js';
import { pairTables } from '../../src/verify/pair-tables.js';
import type { VerifySettings } from '../../src/verify/verify-settings.js';
import { serverDigest } from '../support/engine-digest.js';
import { permissiveSession, TypeTables } from '../support/engine-types.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { fillStatement, foundLines, verifyServers } from '../support/verify-run.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab();
const oldLab = useLab({ sourceFlavour: 'mysql56' });
const mariadbLab = useLab({ sourceFlavour: 'mariadb' });

async function reset(...sessions: readonly ServerConnection[]): Promise<void> {
  for (const session of sessions) {
    await sql(
      session,
      "SET SESSION sql_mode = ''",
      'DROP DATABASE IF EXISTS shop',
      'DROP DATABASE IF EXISTS types',
    );
    await sql(session, 'CREATE DATABASE shop COLLATE utf8mb4_general_ci', 'USE shop');
  }
}

/** What is found after the same statements on both servers and then others on the replica. */
async function found(
  both: readonly string[],
  onReplica: readonly string[],
  settings: Partial<VerifySettings> = {},
): Promise<string[]> {
  const servers = await lab();
  await sql(servers.onSource, ...both);
  await sql(servers.onReplica, ...both, ...onReplica);
  return foundLines(await verifyServers(servers, settings));
}

beforeEach(async () => {
  const { onSource, onReplica } = await lab();
  await reset(onSource, onReplica);
});

describe('names and values that a comparison could trip over', () => {
  const names = [
    'bucket',
    'identity',
    'hash',
    'copies',
    'row_count',
    'sum_0',
    'sum_1',
    'part_0',
    'key_0',
    'place',
    'shown_0',
    'column_0',
  ];

  test.each(names)(
    'a column of the name %s, in a bag, in a key that is not cut, and in one that is [P13]',
    async (name) => {
      const rows = Array.from({ length: 40 }, (_, i) => `(${i}, ${i * 10})`).join();
      const both = [
        `CREATE TABLE bag (${name} INT, v INT)`,
        `CREATE TABLE floating (${name} FLOAT PRIMARY KEY, v INT)`,
        `CREATE TABLE listed (${name} ENUM('1','2','3') PRIMARY KEY, v INT)`,
        `CREATE TABLE keyed (${name} INT PRIMARY KEY, v INT)`,
        `CREATE TABLE valued (id INT PRIMARY KEY, ${name} INT)`,
        ...['bag', 'floating', 'keyed', 'valued'].map((table) => `INSERT INTO ${table} VALUES ${rows}`),
        'INSERT INTO listed VALUES (1, 1), (2, 2), (3, 3)',
      ];
      const lines = await found(both, [
        `UPDATE bag SET v = 11 WHERE ${name} = 1`,
        `DELETE FROM bag WHERE ${name} = 2`,
        `UPDATE floating SET v = 11 WHERE ${name} = 1`,
        `UPDATE listed SET v = 9 WHERE ${name} = '2'`,
        `UPDATE keyed SET v = 11 WHERE ${name} = 30`,
        `UPDATE valued SET ${name} = 11 WHERE id = 1`,
      ]);
      expect(lines).toHaveLength(7);
      for (const table of ['floating', 'listed', 'keyed', 'valued'])
        expect(lines.filter((line) => line.startsWith(`shop.${table}: `))).toHaveLength(1);
    },
  );

  test('many rows under a key whose column has the name of a text in the list are cut in the order of the key', async () => {
    const both = ['CREATE TABLE t (key_0 INT PRIMARY KEY, v INT)', fillStatement('t', 'n, n', 5_000)];
    expect(await found(both, ['UPDATE t SET v = -1 WHERE key_0 IN (7, 1999, 4321)'])).toHaveLength(3);
  });

  test('a JSON value that is too long to be shown is not taken for equal [P13]', async () => {
    const { onSource, onReplica } = await lab();
    const limit = (bytes: number) =>
      [onSource, onReplica].map((session) => sql(session, `SET GLOBAL max_allowed_packet = ${bytes}`));
    const long = "JSON_OBJECT('k', REPEAT(CHAR(1 USING utf8mb4), 300000))";
    const both = [
      'CREATE TABLE j (id INT PRIMARY KEY, j JSON)',
      'CREATE TABLE b (j JSON)',
      `INSERT INTO j SELECT 1, ${long}`,
      'INSERT INTO j VALUES (2, NULL)',
    ];
    await Promise.all(limit(1_048_576));
    try {
      const compared = found(both, [
        "UPDATE j SET j = JSON_SET(j, '$.k', CONCAT(REPEAT(CHAR(1 USING utf8mb4), 299999), CHAR(2 USING utf8mb4))) WHERE id = 1",
      ]);
      await expect(compared).rejects.toMatchObject({
        code: 'TR_VERIFY_REFUSED',
        cure: expect.stringContaining('max_allowed_packet'),
      });
      await Promise.all(limit(65_536));
      await expect(verifyServers(await lab())).rejects.toMatchObject({ code: 'TR_VERIFY_REFUSED' });
    } finally {
      await Promise.all(limit(67_108_864));
    }
    expect(foundLines(await verifyServers(await lab()))).toEqual(['shop.j: id=1 (content differs in j)']);
  });

  test('a view that calls a function which changes data is compared like any other', async () => {
    const both = [
      'SET GLOBAL log_bin_trust_function_creators = ON',
      'CREATE TABLE t (id INT PRIMARY KEY)',
      'CREATE FUNCTION changes() RETURNS INT BEGIN INSERT INTO t VALUES (1); RETURN 1; END',
      'CREATE VIEW calls AS SELECT changes() AS one',
    ];
    expect(await found(both, [])).toEqual([]);
    expect((await found([], ['CREATE OR REPLACE VIEW calls AS SELECT changes() AS two'])).join()).toContain(
      'shop.calls',
    );
  });
});

describe('definitions on servers of two versions', () => {
  const columns: readonly (readonly [what: string, source: string, replica: string])[] = [
    ['a default', 'a INT DEFAULT 7', 'a INT DEFAULT 8'],
    ['a default that is missing', "a VARCHAR(9) DEFAULT 'x'", 'a VARCHAR(9)'],
    [
      'the default of a TIMESTAMP',
      'a TIMESTAMP NULL DEFAULT NULL',
      'a TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP',
    ],
    [
      'ON UPDATE',
      'a TIMESTAMP NULL DEFAULT NULL',
      'a TIMESTAMP NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP',
    ],
    [
      'the fraction of a default',
      "a DATETIME DEFAULT '2020-12-31 23:59:59'",
      "a DATETIME DEFAULT '2021-01-01 00:00:00'",
    ],
    ['a collation', 'a VARCHAR(9) COLLATE utf8mb4_bin', 'a VARCHAR(9) COLLATE utf8mb4_general_ci'],
    ['an index', 'a INT, KEY k (a)', 'a INT'],
    ['a unique index', 'a INT, UNIQUE KEY k (a)', 'a INT, KEY k (a)'],
    ['the columns of an index', 'a INT, b INT, KEY k (a, b)', 'a INT, b INT, KEY k (b, a)'],
    ['a prefix', 'a VARCHAR(9), KEY k (a(3))', 'a VARCHAR(9), KEY k (a(4))'],
    ['a comment', "a INT COMMENT 'one'", "a INT COMMENT 'two'"],
    [
      'a foreign key',
      'a INT, KEY k (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES parent (id) ON DELETE CASCADE',
      'a INT, KEY k (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES parent (id)',
    ],
  ];

  test.each([
    ['MySQL 5.6', oldLab],
    ['MariaDB', mariadbLab],
  ] as const)(
    '%s: what differs is told, and what is only written otherwise is not [P13]',
    async (_name, servers) => {
      const { onSource, onReplica } = await servers();
      await reset(onSource, onReplica);
      const same = [
        'CREATE TABLE parent (id INT PRIMARY KEY) COLLATE utf8mb4_bin',
        "CREATE TABLE same (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, a VARCHAR(20) NOT NULL DEFAULT 'it''s', d DECIMAL(5,2) DEFAULT '1.5', " +
          "t TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), e ENUM('a','b') DEFAULT 'b', x BLOB, y YEAR, z BINARY(2) DEFAULT 'zz', " +
          "p INT, u CHAR(3) DEFAULT '', UNIQUE KEY (a, e), KEY (d), KEY x (x(5)), FULLTEXT KEY f (a), CONSTRAINT to_parent FOREIGN KEY (p) REFERENCES parent (id) ON UPDATE SET NULL) " +
          "COMMENT 'it''s one' COLLATE utf8mb4_bin",
        'CREATE TABLE cut (id INT PRIMARY KEY) COLLATE utf8mb4_bin PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)',
      ];
      await sql(
        onSource,
        ...same,
        ...columns.map(
          ([, source], i) => `CREATE TABLE differs_${i} (id INT PRIMARY KEY, ${source}) COLLATE utf8mb4_bin`,
        ),
      );
      await sql(
        onReplica,
        ...same,
        ...columns.map(
          ([, , replica], i) =>
            `CREATE TABLE differs_${i} (id INT PRIMARY KEY, ${replica}) COLLATE utf8mb4_bin`,
        ),
      );
      const lines = foundLines(
        await verifyServers(await servers(), { filter: { schemas: ['shop'], tables: null } }),
      );
      expect(lines.map((line) => /shop\.\w+/.exec(line)?.[0]).sort()).toEqual(
        columns.map((_, i) => `shop.differs_${i}`).sort(),
      );
    },
  );
});

describe('rows', () => {
  test('of every type are equal where they are, with a key and without', async () => {
    const servers = await lab();
    const tables = new TypeTables('types');
    const statements = [
      permissiveSession,
      ...tables.create(),
      ...[0, 1, 2].flatMap((round) => tables.change(round)),
    ];
    await sql(servers.onSource, ...statements);
    await sql(servers.onReplica, ...statements);
    const report = await verifyServers(servers);
    expect(foundLines(report)).toEqual([]);
    expect(report).toMatchObject({ equal: true, complete: true, tables: 3 });
    expect(report.rows).toBeGreaterThan(1_100);
  });

  const item = [
    'CREATE TABLE item (id INT PRIMARY KEY, note VARCHAR(50), data BLOB)',
    "INSERT INTO item VALUES (1, 'a', x'00ff'), (2, NULL, NULL), (3, '', '')",
  ];

  test.each([
    ['a flipped bit', "UPDATE item SET data = x'00fe' WHERE id = 1", 'id=1 (content differs in data)'],
    ['letter case', "UPDATE item SET note = 'A' WHERE id = 1", 'id=1 (content differs in note)'],
    ['a trailing space', "UPDATE item SET note = 'a ' WHERE id = 1", 'id=1 (content differs in note)'],
    ['an empty text for NULL', "UPDATE item SET note = '' WHERE id = 2", 'id=2 (content differs in note)'],
    ['NULL for an empty blob', 'UPDATE item SET data = NULL WHERE id = 3', 'id=3 (content differs in data)'],
    ['a missing row', 'DELETE FROM item WHERE id = 2', 'id=2 (missing on the replica)'],
    ['an extra row before the first', "INSERT INTO item VALUES (-7, 'x', '')", 'id=-7 (only on the replica)'],
    ['an extra row behind the last', "INSERT INTO item VALUES (7, 'x', '')", 'id=7 (only on the replica)'],
  ])('differ in %s [P13]', async (_, change, line) => {
    expect(await found(item, [change])).toEqual([`shop.item: ${line}`]);
  });

  test('swapped values do not cancel out [P13]', async () => {
    const swap = "UPDATE item SET note = IF(id = 1, 'b', 'a') WHERE id IN (1, 4)";
    expect(await found([...item, "INSERT INTO item VALUES (4, 'b', x'00ff')"], [swap])).toEqual([
      'shop.item: id=1 (content differs in note)',
      'shop.item: id=4 (content differs in note)',
    ]);
  });

  test.each([
    ['INT', 'n * 3 - 4000'],
    ['BIGINT UNSIGNED', '18446744073709551615 - n * 7'],
    ['DECIMAL(30,10)', '(n - 1500) / 7'],
    ['VARCHAR(30) CHARACTER SET utf8mb4', "CONCAT(CHAR(97 + n % 26), IF(n % 2, 'ß', 'É'), ' ', n)"],
    ['VARCHAR(30) CHARACTER SET latin1', 'CONCAT(CHAR(228 + n % 20 USING latin1), n)'],
    ['CHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', "CONCAT(IF(n % 2, 'a', 'B'), n)"],
    ['VARCHAR(30) CHARACTER SET utf16', "CONCAT('\u20AC', n)"],
    ['VARBINARY(20)', "UNHEX(CONCAT('00FF', LPAD(HEX(n), 6, '0')))"],
    ['BINARY(8)', "UNHEX(LPAD(HEX(n * 65536), 8, '0'))"],
    ['DATE', "'2000-01-01' + INTERVAL n DAY"],
    ['DATETIME(6)', "'2000-01-01 00:00:00.000001' + INTERVAL n * 999 MICROSECOND"],
    ['TIMESTAMP(3)', "'2001-01-01 00:00:00' + INTERVAL n * 1001 SECOND"],
    ['TIME(2)', 'SEC_TO_TIME((n - 1500) * 7.25)'],
    ['BIT(40)', 'n * 1000003'],
  ])('are found by keys of type %s [P13]', async (type, value) => {
    const create = [
      `CREATE TABLE k (id ${type} NOT NULL PRIMARY KEY, n INT NOT NULL)`,
      fillStatement('k', `${value}, n`, 3_000),
    ];
    const changes = [
      'DELETE FROM k WHERE n IN (0, 2999)',
      'UPDATE k SET n = -n WHERE n = 1500',
      'DELETE FROM k WHERE n = 700',
    ];
    const lines = await found(create, changes);
    expect(lines).toHaveLength(4);
    expect(lines.filter((line) => line.endsWith('(missing on the replica)'))).toHaveLength(3);
    expect(lines.filter((line) => line.endsWith('(content differs in n)'))).toHaveLength(1);
  });

  test('are found by keys of several columns, which the server reads as ranges of the index', async () => {
    const create = [
      'CREATE TABLE k (a VARCHAR(9) NOT NULL, b INT NOT NULL, c DATE NOT NULL, v INT, PRIMARY KEY (a, b, c))',
      fillStatement('k', "CONCAT('A', n % 7), n % 100, '2020-01-01' + INTERVAL n DAY, n", 5_000),
      'ANALYZE TABLE k',
    ];
    expect(
      await found(create, ['UPDATE k SET v = -1 WHERE v = 4321', "UPDATE k SET a = 'a3' WHERE v = 3"]),
    ).toEqual([
      'shop.k: a=A2, b=21, c=2031-10-31 (content differs in v)',
      'shop.k: a=A3, b=3, c=2020-01-04 (content differs in a)',
    ]);
    const { onSource, onReplica } = await lab();
    const [table] = await pairTables({ source: onSource, replica: onReplica }, 'shop');
    const range = { after: ['4132', '10', '2022-01-01'], upTo: ['4132', '20', '2025-01-01'] };
    const [plan] = await onSource.query(
      `EXPLAIN FORMAT=TRADITIONAL ${chunkDigestStatement(table!.source, range, 'binary', 0)}`,
    );
    expect(plan).toMatchObject({ type: 'range', key: 'PRIMARY' });
    expect(Number(plan!['rows'])).toBeLessThan(200);
  });

  test('keys that only the collation holds for equal are one row', async () => {
    const create = [
      'CREATE TABLE k (name VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PRIMARY KEY, v INT)',
      "INSERT INTO k VALUES ('Anna', 1), ('Bert ', 2), ('Cäcilie', 3)",
    ];
    const changes = [
      "UPDATE k SET name = 'anna' WHERE v = 1",
      "UPDATE k SET name = 'Bert' WHERE v = 2",
      "UPDATE k SET name = 'CACILIE' WHERE v = 3",
    ];
    expect(await found(create, changes)).toEqual([
      'shop.k: name=Anna (content differs in name)',
      'shop.k: name=Bert  (content differs in name)',
      'shop.k: name=Cäcilie (content differs in name)',
    ]);
  });

  test('keys that the servers order differently are still compared, each row exactly [P13]', async () => {
    const create = (collation: string): string[] => [
      `CREATE TABLE k (name VARCHAR(20) CHARACTER SET utf8mb4 COLLATE ${collation} PRIMARY KEY, v INT)`,
      fillStatement('k', "CONCAT(IF(n % 2, 'a', 'B'), n), n", 2_500),
    ];
    const servers = await lab();
    await sql(servers.onSource, ...create('utf8mb4_bin'));
    await sql(servers.onReplica, ...create('utf8mb4_0900_ai_ci'), 'DELETE FROM k WHERE v = 1234');
    const lines = foundLines(await verifyServers(servers));
    expect(lines).toEqual([
      'shop.k: name=B1234 (missing on the replica)',
      expect.stringMatching(/^table shop\.k: /),
    ]);
  });

  test('many extra rows of the replica, in a gap and behind the end, do not make a chunk endless', async () => {
    const create = ['CREATE TABLE k (id INT PRIMARY KEY, v INT)', fillStatement('k', 'n * 100000, n', 200)];
    const extra = [fillStatement('k', 'n + 1, 0', 9_000), fillStatement('k', 'n + 100000000, 0', 9_000)];
    const lines = await found(create, extra);
    expect(lines.filter((line) => line.includes('(only on the replica)'))).toHaveLength(20);
    expect(lines.join('\n')).toMatch(/differing rows more/);
  });

  test('a table that differs altogether is not named row by row for ever', async () => {
    const create = ['CREATE TABLE k (id INT PRIMARY KEY, v INT)', fillStatement('k', 'n, n', 20_000)];
    const servers = await lab();
    await sql(servers.onSource, ...create);
    await sql(servers.onReplica, ...create, 'UPDATE k SET v = v + 1');
    const { differing } = await verifyServers(servers, { rowsNamedMax: 5 });
    const [{ tally }] = differing as [(typeof differing)[number]];
    expect(tally.rows).toHaveLength(5);
    expect(tally.differing).toBeGreaterThanOrEqual(1_000);
    expect(tally.differing).toBeLessThan(10_000);
    expect(tally.unexaminedChunks).toBeGreaterThan(0);
  });
});

describe('tables without a primary key', () => {
  test('are compared as multisets [P13]', async () => {
    const heap = [
      'CREATE TABLE heap (a INT, b VARCHAR(9))',
      fillStatement('heap', "n % 500, IF(n % 3, 'x', NULL)", 4_000),
      'ANALYZE TABLE heap',
    ];
    const changes = ['DELETE FROM heap WHERE a = 7 LIMIT 1', "INSERT INTO heap VALUES (9, 'x'), (-1, NULL)"];
    const lines = await found(heap, changes);
    expect(lines).toHaveLength(3);
    expect(lines).toContain('shop.heap: a=-1, b=NULL (only on the replica)');
    expect(lines.join('\n')).toMatch(/a=7, b=(x|NULL) \(\d on the source, \d on the replica\)/);
    expect(lines.join('\n')).toMatch(/a=9, b=x \(\d on the source, \d on the replica\)/);
  });

  test('are cut along a unique key without NULLs, if there is one', async () => {
    const create = [
      'CREATE TABLE u (a INT NULL UNIQUE, b BIGINT NOT NULL, c INT NOT NULL, v INT, UNIQUE KEY (b, c), UNIQUE KEY (v))',
      fillStatement('u', 'NULL, n, -n, n', 3_000),
    ];
    const { onSource, onReplica } = await lab();
    expect(await found(create, ['DELETE FROM u WHERE b = 2000'])).toEqual([
      'shop.u: b=2000, c=-2000 (missing on the replica)',
    ]);
    const [table] = await pairTables({ source: onSource, replica: onReplica }, 'shop');
    expect(table!.source.key?.columns.map(({ name }) => name)).toEqual(['b', 'c']);
  });

  test.each([
    ['FLOAT', 'n / 3'],
    ["ENUM('c', 'b', 'a')", '1 + n % 3'],
    ['INT, KEY other (n)', 'n'],
  ])('and those whose key cannot be cut: %s', async (type, value) => {
    const key = type.startsWith('INT') ? ', PRIMARY KEY (id DESC)' : ', PRIMARY KEY (id, n)';
    const create = [
      `CREATE TABLE k (n INT NOT NULL, id ${type.replace('INT,', 'INT NOT NULL,')}${key})`,
      fillStatement('k', `n, ${value}`, 600),
    ];
    const lines = await found(create, ['DELETE FROM k WHERE n = 300']);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^shop\.k: id=.*\(missing on the replica\)$/);
  });
});

describe('columns', () => {
  test('in another order, or that only one side has, are a difference of the table and not of its rows', async () => {
    const servers = await lab();
    await sql(
      servers.onSource,
      'CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT)',
      'INSERT INTO t VALUES (1, 2, 3), (2, 3, 4)',
    );
    await sql(
      servers.onReplica,
      'CREATE TABLE t (id INT PRIMARY KEY, b INT, a INT, extra INT)',
      'INSERT INTO t (id, a, b, extra) VALUES (1, 2, 3, 9), (2, 3, 5, 9)',
    );
    expect(foundLines(await verifyServers(servers))).toEqual([
      'shop.t: id=2 (content differs in b)',
      'table shop.t: source has «`a` int DEFAULT NULL,», replica «`b` int DEFAULT NULL,»',
    ]);
  });

  test('that are generated, invisible or a hidden key are compared', async () => {
    const create = [
      'SET SESSION sql_generate_invisible_primary_key = ON',
      'CREATE TABLE g (a INT, doubled INT GENERATED ALWAYS AS (a * 2) STORED, tripled INT GENERATED ALWAYS AS (a * 3) VIRTUAL, hidden VARCHAR(9) INVISIBLE)',
      "INSERT INTO g (a, hidden) VALUES (1, 'x'), (1, 'x'), (2, 'y')",
      'SET SESSION sql_generate_invisible_primary_key = OFF',
    ];
    expect(await found(create, ["UPDATE g SET hidden = 'z' WHERE a = 2"])).toEqual([
      'shop.g: my_row_id=3 (content differs in hidden)',
    ]);
  });

  test('a hidden key that only one side has does not stand in the way', async () => {
    const create = ['CREATE TABLE g (a INT)', 'INSERT INTO g VALUES (1), (1), (2)'];
    const servers = await lab();
    await sql(servers.onSource, ...create);
    await sql(servers.onReplica, 'SET SESSION sql_generate_invisible_primary_key = ON', ...create);
    await sql(
      servers.onReplica,
      'SET SESSION sql_generate_invisible_primary_key = OFF',
      'DELETE FROM g WHERE a = 1 LIMIT 1',
    );
    expect(foundLines(await verifyServers(servers))).toEqual([
      'shop.g: a=1 (2 on the source, 1 on the replica)',
      expect.stringMatching(/^table shop\.g: /),
    ]);
  });
});

describe('what is compared', () => {
  const both = [
    'CREATE TABLE a (id INT PRIMARY KEY)',
    'CREATE TABLE b (id INT PRIMARY KEY)',
    'CREATE VIEW v AS SELECT id FROM a',
  ];
  const changes = [
    'INSERT INTO a VALUES (1)',
    'INSERT INTO b VALUES (1)',
    'ALTER VIEW v AS SELECT id FROM b',
  ];

  test('allows for what replication itself changes: events are switched off on a replica', async () => {
    const events = ['on', 'off', 'else'].map(
      (name) => `CREATE EVENT e_${name} ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' DO SELECT 1`,
    );
    const servers = await lab();
    await sql(servers.onSource, ...events, 'ALTER EVENT e_off DISABLE');
    await sql(servers.onReplica, ...events, 'ALTER EVENT e_else ON SCHEDULE EVERY 2 DAY');
    for (const name of ['on', 'off', 'else'])
      await sql(servers.onReplica, `ALTER EVENT e_${name} DISABLE ON REPLICA`);
    expect(foundLines(await verifyServers(servers))).toEqual([
      expect.stringMatching(/^event shop\.e_else: /),
    ]);
  });

  test('allows for what replication itself changes: the collation of a column is said at greater length', async () => {
    const servers = await lab();
    await sql(servers.onSource, 'CREATE TABLE c (t TEXT, u TEXT) COLLATE utf8mb4_bin');
    // As the source writes CREATE TABLE … SELECT to its binary log.
    await sql(
      servers.onReplica,
      'CREATE TABLE c (t TEXT COLLATE utf8mb4_bin, u TEXT COLLATE utf8mb4_bin) COLLATE utf8mb4_bin',
    );
    const [[onSource], [onReplica]] = await Promise.all([
      servers.onSource.query('SHOW CREATE TABLE c'),
      servers.onReplica.query('SHOW CREATE TABLE c'),
    ]);
    expect(onReplica).not.toEqual(onSource);
    expect(foundLines(await verifyServers(servers))).toEqual([]);
    await sql(servers.onReplica, 'ALTER TABLE c MODIFY u TEXT COLLATE utf8mb4_general_ci');
    expect(foundLines(await verifyServers(servers))).toEqual([
      'table shop.c: source has «`u` text COLLATE utf8mb4_bin», replica «`u` text COLLATE utf8mb4_general_ci»',
    ]);
  });

  test('is everything, or what is named', async () => {
    const all = await found(both, [...changes, 'CREATE TABLE c (id INT)']);
    expect(all.map((line) => line.split(':')[0])).toEqual([
      'shop.a',
      'shop.b',
      'table shop.c',
      'view shop.v',
    ]);
    const servers = await lab();
    const some = await verifyServers(servers, {
      filter: { schemas: null, tables: [{ schema: 'shop', table: 'b' }] },
    });
    expect(foundLines(some)).toEqual(['shop.b: id=1 (only on the replica)']);
    await expect(
      verifyServers(servers, { filter: { schemas: ['shpo'], tables: [{ schema: 'shop', table: 'd' }] } }),
    ).rejects.toMatchObject({ code: 'TR_VERIFY_NOTHING', what: expect.stringContaining('shpo, shop.d') });
  });

  test('is seen by an account that may only read; one that may not is refused [P13]', async () => {
    const servers = await lab();
    const user = { user: 'reader', password: 'reader-s3cret' };
    for (const session of [servers.onSource, servers.onReplica]) {
      await sql(session, "CREATE USER reader@'%' IDENTIFIED BY 'reader-s3cret'", ...both);
    }
    const addresses = {
      source: { ...servers.source.address, ...user },
      replica: { ...servers.replica.address, ...user },
    };
    await expect(verifyServers(servers, addresses)).rejects.toMatchObject({ code: 'TR_PRIVILEGE_MISSING' });
    for (const session of [servers.onSource, servers.onReplica]) {
      await sql(session, "GRANT SELECT, REPLICATION CLIENT ON *.* TO reader@'%'");
    }
    const { notes } = await verifyServers(servers, addresses);
    expect(
      notes.filter((note) => /^(Triggers|Events|Definitions of views) were not all compared/.test(note)),
    ).toHaveLength(6);
    expect(notes.join()).toContain('GRANT SHOW VIEW ON *.* TO');
    for (const session of [servers.onSource, servers.onReplica]) {
      await sql(session, "GRANT TRIGGER, EVENT, SHOW VIEW ON *.* TO reader@'%'");
    }
    const report = await verifyServers(servers, addresses);
    expect(report).toMatchObject({ equal: true });
    expect(report.notes.join()).not.toContain('were not all compared');
    for (const session of [servers.onSource, servers.onReplica]) await sql(session, 'DROP USER reader');
  });

  test('stays as it was, and no session is left [P13]', async () => {
    const servers = await lab();
    await found([...both, fillStatement('a', 'n', 2_500)], ['DELETE FROM a WHERE id = 5']);
    const before = await serverDigest(servers);
    await verifyServers(servers);
    expect(await serverDigest(servers)).toBe(before);
    const sessions =
      "SELECT COUNT(*) FROM performance_schema.session_connect_attrs WHERE ATTR_VALUE LIKE 'tailrace verify%'";
    // A session is gone a moment after its connection.
    for (const server of [servers.onSource, servers.onReplica])
      await waitFor(async () => (await sqlValue(server, sessions)) === '0', { what: 'the sessions to end' });
  });

  test('one server is not compared with itself', async () => {
    const { source, replica } = await lab();
    await expect(verifyServers({ source, replica }, { replica: source.address })).rejects.toMatchObject({
      code: 'TR_SERVER_SAME',
    });
  });
});

describe.each([
  ['MySQL 5.6', oldLab],
  ['MariaDB', mariadbLab],
])('a source that is %s', (_, otherLab) => {
  test('is compared with a current replica', async () => {
    const servers = await otherLab();
    await reset(servers.onSource, servers.onReplica);
    const create = [
      `CREATE TABLE k (name VARCHAR(30) CHARACTER SET utf8 NOT NULL, n INT NOT NULL, d DECIMAL(20,5), f DOUBLE, t DATETIME(6),
         b BIT(12), e ENUM('', 'x'), l TEXT CHARACTER SET latin1, v INT, PRIMARY KEY (name, n)) ENGINE=InnoDB`,
      fillStatement(
        'k',
        "CONCAT('\u00e9', n), n, n, n * 0.5e0, '2020-01-01 00:00:00.000001', n, 1 + n % 2, CONCAT('\u00fc', n), n",
        3_000,
      ),
      'CREATE TABLE heap (a INT, b VARCHAR(9)) ENGINE=InnoDB',
      fillStatement('heap', "n % 50, 'x'", 700),
    ];
    await sql(servers.onSource, ...create);
    await sql(servers.onReplica, ...create);
    expect(foundLines(await verifyServers(servers))).toEqual([]);
    await sql(
      servers.onReplica,
      'UPDATE k SET v = 0 WHERE n = 1700',
      'DELETE FROM k WHERE n = 17',
      'DELETE FROM heap WHERE a = 3 LIMIT 1',
    );
    expect(foundLines(await verifyServers(servers))).toEqual([
      'shop.heap: a=3, b=x (14 on the source, 13 on the replica)',
      'shop.k: name=é17, n=17 (missing on the replica)',
      'shop.k: name=é1700, n=1700 (content differs in v)',
    ]);
  });
});

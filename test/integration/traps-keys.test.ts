import { afterEach, describe, test } from '@jest/globals';
import { partitionStrategies } from '../../src/plan/partition.js';
import { expectLevel, levelAsOneEpoch } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';

const lab = useLab();
const combinations = partitionStrategies.flatMap((partition) =>
  [1, 4].map((lanes) => ({ partition, lanes })),
);
const someCombinations = combinations
  .filter(({ partition, lanes }) => (partition === 'row') === (lanes === 4))
  .slice(-3);

/** A later comparison would go through all that is left. */
afterEach(async () => {
  const { onSource } = await lab();
  const [row] = await onSource.query<{ name: string }>('SELECT DATABASE() AS name');
  await sql(onSource, `DROP DATABASE ${row?.name ?? ''}`);
});

const numbers = (count: number): string =>
  `WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${count}) SELECT /*+ SET_VAR(cte_max_recursion_depth=100000) */`;

/** Rows whose unique values move within and between transactions, so many that every lane gets some. */
async function seats(schema: string): Promise<void> {
  const { onSource } = await lab();
  await sql(
    onSource,
    `CREATE DATABASE ${schema}`,
    `CREATE TABLE ${schema}.seats (id INT PRIMARY KEY, seat INT UNIQUE, code VARCHAR(20) CHARACTER SET utf8mb4 UNIQUE, a INT, b INT, pad CHAR(200), UNIQUE (a, b))`,
    // Keys that compare as bytes: this one is split by row.
    `CREATE TABLE ${schema}.lots (id INT PRIMARY KEY, lot INT UNIQUE, pad CHAR(200))`,
    `INSERT INTO ${schema}.lots ${numbers(4000)} n, n, REPEAT('p', 200) FROM s`,
    `INSERT INTO ${schema}.seats ${numbers(4000)} n, n, CONCAT('Code ', n), n, n, REPEAT('p', 200) FROM s`,
  );
}

function movesOfUniqueValues(schema: string): string[] {
  return [
    `USE ${schema}`,
    // A swap and a rotation inside one transaction, through NULL as only SQL can.
    'BEGIN',
    'UPDATE seats SET seat = NULL WHERE id = 1',
    'UPDATE seats SET seat = 1 WHERE id = 2',
    'UPDATE seats SET seat = 2 WHERE id = 1',
    'COMMIT',
    'BEGIN',
    ...[10, 11, 12, 13].map(
      (id) => `UPDATE seats SET seat = -${id}, code = CONCAT('free ', id), a = NULL WHERE id = ${id}`,
    ),
    ...[10, 11, 12, 13].map(
      (id) =>
        `UPDATE seats SET seat = ${id === 13 ? 10 : id + 1}, code = 'Code ${id === 13 ? 10 : id + 1}', a = ${id === 13 ? 10 : id + 1}, b = ${id === 13 ? 10 : id + 1} WHERE id = ${id}`,
    ),
    'COMMIT',
    // Across transactions: all values move up by one place, from the top; then each goes to a row far away.
    'UPDATE seats SET seat = seat + 1 WHERE id > 100 ORDER BY seat DESC',
    'UPDATE seats SET seat = seat + 5000 WHERE id > 200',
    'UPDATE seats SET seat = 10000 - seat WHERE id > 200',
    'UPDATE seats SET a = 100000 - a WHERE id > 300',
    'UPDATE seats SET b = 100000 - b WHERE id > 300',
    // Rows that go, and others that take their places and their key.
    'DELETE FROM seats WHERE id BETWEEN 1000 AND 1500',
    `INSERT INTO seats ${numbers(501)} 10000 + n, 200000 + n, CONCAT('code ', 999 + n), 700000 + n, 1, '' FROM s`,
    'UPDATE seats SET id = id + 100000 WHERE id BETWEEN 2000 AND 2500 ORDER BY id DESC',
    `INSERT INTO seats ${numbers(501)} 1999 + n, 300000 + n, NULL, NULL, 1, '' FROM s`,
    'UPDATE seats SET code = UPPER(code) WHERE id BETWEEN 2600 AND 3000',
    // Every value changes places with one at the other end of the table.
    'UPDATE lots SET lot = lot + 100000 ORDER BY lot DESC',
    'UPDATE lots SET lot = 104001 - lot',
    'REPLACE INTO seats VALUES (9000000, 4, NULL, NULL, NULL, NULL)',
  ];
}

describe.each(combinations)(
  'trap 3: unique values move between rows: partition $partition, $lanes lanes [T3]',
  (settings) => {
    test('nothing is lost', async () => {
      const schema = `seats_${settings.partition}_${settings.lanes}`;
      await seats(schema);
      await levelAsOneEpoch(await lab(), settings, movesOfUniqueValues(schema));
    });
  },
);

test('trap 4: keys of every kind: collations, trailing spaces, prefixes, expressions, -0, NULL [T4]', async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    'CREATE DATABASE keyed',
    'USE keyed',
    'CREATE TABLE ci (k VARCHAR(20) COLLATE utf8mb4_0900_ai_ci PRIMARY KEY, v INT)',
    'CREATE TABLE pad (k VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci PRIMARY KEY, u CHAR(10), v INT, UNIQUE (u))',
    'CREATE TABLE prefixed (id INT PRIMARY KEY, t TEXT, UNIQUE (t(3)))',
    'CREATE TABLE blobkey (b VARBINARY(300), v INT, PRIMARY KEY (b(4)))',
    'CREATE TABLE fn (id INT PRIMARY KEY, a INT, b INT, UNIQUE ((a + b)))',
    "CREATE TABLE tags (id INT PRIMARY KEY, j JSON, UNIQUE ((CAST(j->'$.tags' AS UNSIGNED ARRAY))))",
    'CREATE TABLE virt (id INT PRIMARY KEY, a INT, v INT AS (a * 2) VIRTUAL, s INT AS (a * 3) STORED, UNIQUE (v), UNIQUE (s))',
    'CREATE TABLE floats (d DOUBLE PRIMARY KEY, v INT)',
    'CREATE TABLE bits (b BIT(12) PRIMARY KEY, v INT)',
    "CREATE TABLE dates (d DATETIME(6), t TIME(3), y YEAR, e ENUM('x','y'), v INT, PRIMARY KEY (d, t, y, e))",
    'CREATE TABLE decimals (d DECIMAL(20,5), c CHAR(5) CHARACTER SET utf16, v INT, PRIMARY KEY (d, c))',
    'CREATE TABLE nulls (id INT PRIMARY KEY, a INT, b INT, UNIQUE (a, b))',
    'CREATE TABLE part (id INT, r INT, u INT, PRIMARY KEY (id, r), UNIQUE (u, r)) PARTITION BY LIST (r) (PARTITION p0 VALUES IN (0), PARTITION p1 VALUES IN (1, 2))',
    "INSERT INTO ci VALUES ('a', 1), ('b', 2), ('c', 3), ('stra\u00dfe', 4)",
    "UPDATE ci SET k = 'A' WHERE k = 'a'",
    "DELETE FROM ci WHERE k = 'B'",
    "INSERT INTO ci VALUES ('B', 5)",
    "UPDATE ci SET k = 'STRASSE', v = 6 WHERE k = 'stra\u00dfe'",
    "INSERT INTO pad VALUES ('a', 'x', 1), ('b', 'y', 2)",
    "UPDATE pad SET k = 'a  ', u = 'X' WHERE k = 'a'",
    "DELETE FROM pad WHERE k = 'b '",
    "INSERT INTO pad VALUES ('B ', 'y  ', 3)",
    "INSERT INTO prefixed VALUES (1, 'abcdef'), (2, 'xyz')",
    "UPDATE prefixed SET t = 'abxdef' WHERE id = 1",
    "UPDATE prefixed SET t = 'abcother' WHERE id = 2",
    "INSERT INTO blobkey VALUES (x'0102030405', 1)",
    "UPDATE blobkey SET b = x'01020304ff'",
    'INSERT INTO fn VALUES (1, 1, 1), (2, 2, 2)',
    'BEGIN',
    'UPDATE fn SET a = 10 WHERE id = 1',
    'UPDATE fn SET a = 0 WHERE id = 2',
    'UPDATE fn SET a = 3 WHERE id = 1',
    'COMMIT',
    `INSERT INTO tags VALUES (1, '{"tags":[1,2]}'), (2, '{"tags":[3]}')`,
    'BEGIN',
    `UPDATE tags SET j = '{"tags":[4]}' WHERE id = 1`,
    `UPDATE tags SET j = '{"tags":[1]}' WHERE id = 2`,
    `UPDATE tags SET j = '{"tags":[2,3]}' WHERE id = 1`,
    'COMMIT',
    'INSERT INTO virt (id, a) VALUES (1, 1), (2, 2)',
    'BEGIN',
    'UPDATE virt SET a = NULL WHERE id = 1',
    'UPDATE virt SET a = 1 WHERE id = 2',
    'UPDATE virt SET a = 2 WHERE id = 1',
    'COMMIT',
    'INSERT INTO floats VALUES (-0e0, 1), (1.5, 2)',
    'UPDATE floats SET d = 0, v = 3 WHERE d = 0',
    'DELETE FROM floats WHERE d = 0',
    'INSERT INTO floats VALUES (-0e0, 4)',
    "INSERT INTO bits VALUES (b'0', 1), (b'111111111111', 2)",
    "UPDATE bits SET b = b'1' WHERE v = 1",
    "INSERT INTO dates VALUES ('2024-01-01 00:00:00.000001', '-01:00:00.5', 2024, 'x', 1)",
    "UPDATE dates SET t = '01:00:00.5', v = 2",
    "INSERT INTO decimals VALUES (-1.5, 'a', 1), (1.5, 'a', 2)",
    'UPDATE decimals SET d = -d ORDER BY d DESC LIMIT 0',
    'UPDATE decimals SET d = d * 2',
    'INSERT INTO nulls VALUES (1, NULL, 1), (2, NULL, 1), (3, 1, 1)',
    'UPDATE nulls SET a = NULL WHERE id = 3',
    'UPDATE nulls SET a = 1 WHERE id = 1',
    'INSERT INTO part VALUES (1, 0, 1), (2, 1, 2), (3, 2, 3)',
    'UPDATE part SET r = 2 WHERE id = 1',
    'ALTER TABLE part TRUNCATE PARTITION p0',
  );
  await expectLevel(await lab());
});

describe.each(someCombinations)(
  'trap 5: tables without a primary key: partition $partition, $lanes lanes [T5]',
  (settings) => {
    test('duplicates are counted right', async () => {
      const { onSource } = await lab();
      const schema = `bags_${settings.partition}_${settings.lanes}`;
      await sql(
        onSource,
        `CREATE DATABASE ${schema}`,
        `USE ${schema}`,
        'CREATE TABLE bag (a INT, b VARCHAR(10), f DOUBLE)',
        'CREATE TABLE uniq (a INT NULL, b INT NOT NULL, UNIQUE (a), UNIQUE (b))',
        'CREATE TABLE counted (a INT AUTO_INCREMENT, b INT, KEY (a))',
      );
      await levelAsOneEpoch(await lab(), settings, [
        `USE ${schema}`,
        `INSERT INTO bag ${numbers(600)} n % 3, 'same', -0e0 FROM s`,
        'DELETE FROM bag WHERE a = 1 LIMIT 50',
        "UPDATE bag SET b = 'other' WHERE a = 2 LIMIT 70",
        "INSERT INTO bag VALUES (NULL, NULL, NULL), (NULL, NULL, NULL), (1, 'same', 0)",
        'DELETE FROM bag WHERE a IS NULL LIMIT 1',
        "UPDATE bag SET f = 1 WHERE b = 'same' AND a = 0 LIMIT 5",
        `INSERT INTO uniq ${numbers(300)} n, n FROM s`,
        'UPDATE uniq SET a = NULL WHERE b = 1',
        'UPDATE uniq SET a = 1 WHERE b = 2',
        'UPDATE uniq SET a = 2 WHERE b = 1',
        'UPDATE uniq SET b = 1000 - b',
        'DELETE FROM uniq WHERE a BETWEEN 10 AND 20',
        `INSERT INTO counted ${numbers(100)} n, n FROM s`,
        'DELETE FROM counted WHERE b > 90',
      ]);
      await sql(
        onSource,
        'DELETE FROM bag LIMIT 100',
        'UPDATE counted SET b = 7',
        'INSERT INTO counted (b) VALUES (8)',
        'DELETE FROM counted WHERE b = 8',
      );
      await expectLevel(await lab(), settings);
    });
  },
);

test('trap 5: generated invisible primary keys, invisible and generated columns, a thousand columns [T5]', async () => {
  const { onSource } = await lab();
  const columns = Array.from({ length: 1000 }, (_, i) => `c${i} INT`);
  await sql(
    onSource,
    'CREATE DATABASE wide',
    'USE wide',
    'SET SESSION sql_generate_invisible_primary_key=ON',
    'CREATE TABLE gipk (a INT, b VARCHAR(20))',
    'SET SESSION sql_generate_invisible_primary_key=OFF',
    'CREATE TABLE invisible (id INT PRIMARY KEY, shown INT, hidden INT INVISIBLE DEFAULT 5, KEY (hidden) INVISIBLE)',
    "CREATE TABLE made (id INT PRIMARY KEY, a INT, v VARCHAR(20) AS (CONCAT('v', a)) VIRTUAL, s INT AS (a + 1) STORED NOT NULL, d INT DEFAULT (id * 2), j JSON, jv INT AS (j->'$.x'), KEY (v), KEY ((a * 2)), CHECK (a < 1000))",
    `CREATE TABLE wide (id INT PRIMARY KEY, ${columns.join(', ')})`,
    "INSERT INTO gipk VALUES (1, 'x'), (1, 'x'), (2, 'y')",
    'UPDATE gipk SET a = 5 LIMIT 1',
    'DELETE FROM gipk WHERE my_row_id = 2',
    'INSERT INTO invisible VALUES (1, 1), (2, 2)',
    'INSERT INTO invisible (id, hidden) VALUES (3, 3)',
    'UPDATE invisible SET hidden = NULL WHERE id = 1',
    `INSERT INTO made (id, a, j) VALUES (1, 1, '{"x":1}'), (2, 2, NULL), (3, 3, '{"x":7}')`,
    'UPDATE made SET a = a + 1',
    'DELETE FROM made WHERE id = 2',
    'INSERT INTO wide (id) VALUES (1), (2), (3)',
    'INSERT INTO wide (id, c0, c8, c999) VALUES (4, 1, 2, 3)',
    'UPDATE wide SET c500 = 5, c0 = NULL',
    'DELETE FROM wide WHERE id = 2',
  );
  await expectLevel(await lab());
});

describe.each(someCombinations)(
  'trap 14: AUTO_INCREMENT stays level: partition $partition, $lanes lanes [T14]',
  (settings) => {
    test('although rows came and went', async () => {
      const { onSource } = await lab();
      const schema = `auto_${settings.partition}_${settings.lanes}`;
      await sql(
        onSource,
        `CREATE DATABASE ${schema}`,
        `USE ${schema}`,
        'CREATE TABLE plain (id INT AUTO_INCREMENT PRIMARY KEY, v INT)',
        'CREATE TABLE top (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, v INT UNIQUE)',
        'CREATE TABLE tiny (id TINYINT UNSIGNED AUTO_INCREMENT PRIMARY KEY)',
        'CREATE TABLE second (id INT PRIMARY KEY, a SMALLINT AUTO_INCREMENT UNIQUE)',
        'CREATE TABLE many (id INT AUTO_INCREMENT PRIMARY KEY, v INT, pad CHAR(200))',
        `INSERT INTO many ${numbers(3000)} n, n, REPEAT('p', 200) FROM s`,
        'INSERT INTO top (v) VALUES (1), (2)',
      );
      await levelAsOneEpoch(await lab(), settings, [
        `USE ${schema}`,
        'INSERT INTO plain (v) VALUES (1), (2), (3)',
        'DELETE FROM plain WHERE v = 3',
        'INSERT INTO top VALUES (9223372036854775900, 5)',
        'DELETE FROM top WHERE v = 5',
        'UPDATE top SET v = 5 WHERE v = 1',
        'INSERT INTO tiny VALUES (200), (100)',
        'DELETE FROM tiny WHERE id = 200',
        'INSERT INTO second (id) VALUES (1), (2), (3)',
        'DELETE FROM second WHERE id = 3',
        'UPDATE second SET a = 50 WHERE id = 1',
        'DELETE FROM second WHERE id = 1',
        // The row with the highest number is changed and goes, while all others change, in whichever lane.
        'UPDATE many SET v = v + 1',
        'DELETE FROM many WHERE v = 3001',
        'INSERT INTO many (id, v) VALUES (-5, 0), (10000, 0)',
        'DELETE FROM many WHERE id = 10000',
      ]);
      await levelAsOneEpoch(await lab(), settings, [
        `USE ${schema}`,
        'INSERT INTO plain (v) VALUES (7)',
        'UPDATE many SET v = v + 1',
        'UPDATE many SET v = 5 WHERE id = 2999',
        'DELETE FROM many WHERE id >= 2999',
        'DELETE FROM top',
      ]);
      await sql(onSource, 'ALTER TABLE top AUTO_INCREMENT = 1', 'TRUNCATE TABLE tiny');
      await expectLevel(await lab(), settings);
    });
  },
);

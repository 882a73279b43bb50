/** Tables that differ between source and replica in ways that MySQL's own replica goes on with. */
export interface DifferingTable {
  readonly what: string;
  /** On the source, in a schema of its own, before the replicas differ. */
  readonly create: readonly string[];
  /** On both replicas, outside of their binary logs. */
  readonly differ: readonly string[];
  /** On the source afterwards. */
  readonly work: readonly string[];
}

const plain = [
  'CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL, s VARCHAR(20), UNIQUE u (v))',
  "INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c'), (4, 4, 'd'), (5, 5, 'e'), (6, 6, 'f')",
];

/** Every way in which a row can be reduced: changed twice, moved, come back, swapped, come and gone. */
const everyChange = [
  'SET TIMESTAMP = 1700000000',
  "INSERT INTO t (id, v, s) VALUES (10, 10, 'j'), (11, 11, 'k'), (12, 12, 'l')",
  'SET TIMESTAMP = 1700000100',
  "UPDATE t SET s = 'changed' WHERE id = 1",
  "UPDATE t SET s = 'changed twice' WHERE id = 1",
  'UPDATE t SET v = 200 WHERE id = 2',
  'UPDATE t SET id = 30 WHERE id = 3',
  'DELETE FROM t WHERE id = 4',
  'SET TIMESTAMP = 1700000200',
  "INSERT INTO t (id, v, s) VALUES (4, 4, 'again')",
  "REPLACE INTO t (id, v, s) VALUES (5, 5, 'replaced')",
  "INSERT INTO t (id, v, s) VALUES (6, 6, 'twice') ON DUPLICATE KEY UPDATE s = VALUES(s)",
  "UPDATE t SET s = 'after insert' WHERE id = 10",
  'DELETE FROM t WHERE id = 11',
  'UPDATE t SET v = 1000 WHERE id = 1',
  'UPDATE t SET v = 1 WHERE id = 2',
  'UPDATE t SET v = 2 WHERE id = 1',
  'SET TIMESTAMP = DEFAULT',
];

const extra = (what: string, column: string, fill: string | null = 'x = id * 100'): DifferingTable => ({
  what,
  create: plain,
  differ: [`ALTER TABLE t ADD COLUMN ${column}`, ...(fill === null ? [] : [`UPDATE t SET ${fill}`])],
  work: everyChange,
});

const keyless = [
  'CREATE TABLE t (v INT, s VARCHAR(20))',
  "INSERT INTO t VALUES (1, 'a'), (1, 'a'), (2, 'b'), (NULL, NULL)",
];
const keylessChanges = [
  "INSERT INTO t VALUES (3, 'c'), (1, 'a')",
  "UPDATE t SET s = 'z' WHERE v = 2",
  'DELETE FROM t WHERE v = 1 LIMIT 1',
  'UPDATE t SET v = 9 WHERE v IS NULL',
  "INSERT INTO t VALUES (4, 'd')",
  'DELETE FROM t WHERE v = 4',
];

const retyped = (what: string, from: string, to: string, values: readonly string[]): DifferingTable => ({
  what,
  create: [`CREATE TABLE t (id INT PRIMARY KEY, v ${from})`, `INSERT INTO t VALUES (1, ${values[0] ?? ''})`],
  differ: [`ALTER TABLE t MODIFY v ${to}`],
  work: [
    ...values.map((value, at) => `INSERT INTO t VALUES (${String(at + 2)}, ${value})`),
    `UPDATE t SET v = ${values.at(-1) ?? ''} WHERE id = 1`,
    `UPDATE t SET v = NULL WHERE id = 2`,
    'DELETE FROM t WHERE id = 3',
  ],
});

/** With `replica_type_conversions` = ALL_LOSSY, ALL_NON_LOSSY. */
export const differingTables: readonly DifferingTable[] = [
  extra('an extra column at the end', 'x INT'),
  extra('an extra column with a default', 'x INT DEFAULT 7'),
  extra('an extra column with a default that is an expression', 'x INT DEFAULT (1 + 2)'),
  extra('an extra column without a default that is not null', 'x INT NOT NULL'),
  extra('an extra text that is not null', 'x VARCHAR(20) NOT NULL'),
  extra('an extra ENUM that is not null', "x ENUM ('p', 'q') NOT NULL", "x = 'q'"),
  extra('an extra BLOB', 'x BLOB', "x = REPEAT('x', id * 1000)"),
  extra('an extra JSON', 'x JSON', 'x = JSON_ARRAY(id)'),
  extra('an extra column that says when', 'x DATETIME DEFAULT CURRENT_TIMESTAMP', "x = '2001-02-03'"),
  extra(
    'an extra column that says when something changed',
    'x TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP',
    "x = '2001-02-03'",
  ),
  extra(
    'an extra column that is not null and says when something changed',
    'x DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)',
    "x = '2001-02-03'",
  ),
  extra('an extra column that no SELECT * shows', 'x INT DEFAULT 7 INVISIBLE'),
  extra('an extra generated column', 'x INT AS (v * 2) VIRTUAL', null),
  extra('an extra generated column that is stored', "x VARCHAR(60) AS (CONCAT(s, '-', v)) STORED", null),
  extra('an extra generated column with an index', 'x INT AS (v * 2) VIRTUAL, ADD INDEX (x)', null),
  extra('an extra generated column with a unique index', 'x INT AS (v * 2) VIRTUAL, ADD UNIQUE (x)', null),
  extra('an extra unique column', 'x INT, ADD UNIQUE (x)', 'x = id * 100'),
  extra('an extra column and a generated one', 'x INT DEFAULT 3, ADD COLUMN y INT AS (x + v) STORED'),
  extra('several extra columns', "x INT DEFAULT 7, ADD COLUMN y VARCHAR(9) DEFAULT 'y', ADD COLUMN z DATE"),
  extra('an extra AUTO_INCREMENT column with a key of its own', 'x INT AUTO_INCREMENT, ADD KEY (x)', null),
  {
    what: 'an extra primary key at the end, of a table that has none on the source',
    create: keyless,
    differ: ['ALTER TABLE t ADD COLUMN x INT AUTO_INCREMENT PRIMARY KEY'],
    work: keylessChanges,
  },
  {
    what: 'an extra column of a table without a key',
    create: keyless,
    differ: ['ALTER TABLE t ADD COLUMN x INT DEFAULT 7', 'UPDATE t SET x = v * 100'],
    work: keylessChanges,
  },
  {
    what: 'a generated invisible primary key on the replica only',
    create: keyless,
    differ: ['DROP TABLE t', 'SET sql_generate_invisible_primary_key = ON', ...keyless],
    work: keylessChanges,
  },
  {
    what: 'a generated invisible primary key and an extra column on the replica only',
    create: keyless,
    differ: [
      'DROP TABLE t',
      'SET sql_generate_invisible_primary_key = ON',
      'CREATE TABLE t (v INT, s VARCHAR(20), x INT DEFAULT 7)',
      "INSERT INTO t (v, s) VALUES (1, 'a'), (1, 'a'), (2, 'b'), (NULL, NULL)",
      'UPDATE t SET x = my_row_id * 100',
    ],
    work: keylessChanges,
  },
  {
    what: 'a generated invisible primary key on both sides, and an extra column',
    create: [
      'SET sql_generate_invisible_primary_key = ON',
      ...keyless,
      'SET sql_generate_invisible_primary_key = OFF',
    ],
    differ: ['ALTER TABLE t ADD COLUMN x INT DEFAULT 7', 'UPDATE t SET x = my_row_id * 100'],
    work: keylessChanges,
  },
  {
    what: 'a generated invisible primary key on the replica only, without the last column',
    create: keyless,
    differ: [
      'DROP TABLE t',
      'SET sql_generate_invisible_primary_key = ON',
      'CREATE TABLE t (v INT)',
      'INSERT INTO t (v) VALUES (1), (1), (2), (NULL)',
    ],
    work: ["INSERT INTO t VALUES (3, 'c'), (1, 'a')", 'DELETE FROM t WHERE v = 2'],
  },
  {
    what: 'the last column missing',
    create: plain,
    differ: ['ALTER TABLE t DROP COLUMN s'],
    work: everyChange,
  },
  {
    what: 'the last two columns missing, with a key of the source in them',
    create: plain,
    differ: ['ALTER TABLE t DROP COLUMN s, DROP COLUMN v'],
    work: everyChange,
  },
  {
    what: 'the last column of a table without a key missing',
    create: keyless,
    differ: ['ALTER TABLE t DROP COLUMN s'],
    work: keylessChanges,
  },
  {
    what: 'the primary key missing',
    create: plain,
    differ: ['ALTER TABLE t DROP PRIMARY KEY'],
    work: everyChange,
  },
  {
    what: 'the primary key missing, and an extra column',
    create: plain,
    differ: ['ALTER TABLE t DROP PRIMARY KEY, ADD COLUMN x INT', 'UPDATE t SET x = id * 100'],
    work: everyChange,
  },
  {
    what: 'the primary key on another column',
    create: plain,
    differ: ['ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (v)'],
    work: everyChange,
  },
  {
    what: 'the primary key on an extra column',
    create: plain,
    differ: ['ALTER TABLE t DROP PRIMARY KEY, ADD COLUMN x INT AUTO_INCREMENT PRIMARY KEY'],
    work: everyChange,
  },
  {
    what: 'the primary key with an extra column',
    create: plain,
    differ: ['ALTER TABLE t DROP PRIMARY KEY, ADD COLUMN x INT NOT NULL DEFAULT 7, ADD PRIMARY KEY (id, x)'],
    work: everyChange,
  },
  { what: 'a unique key missing', create: plain, differ: ['ALTER TABLE t DROP KEY u'], work: everyChange },
  {
    what: 'partitions',
    create: plain,
    differ: ['ALTER TABLE t DROP KEY u', 'ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 4'],
    work: everyChange,
  },
  {
    what: 'an extra column in partitions',
    create: plain,
    differ: [
      'ALTER TABLE t DROP KEY u, ADD COLUMN x INT DEFAULT 7',
      'UPDATE t SET x = id * 100',
      'ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 4',
    ],
    work: everyChange,
  },
  {
    what: 'an extra column of linked tables',
    create: [
      'CREATE TABLE p (id INT PRIMARY KEY, v INT)',
      'INSERT INTO p VALUES (1, 1), (2, 2)',
      'CREATE TABLE t (id INT PRIMARY KEY, pid INT, FOREIGN KEY (pid) REFERENCES p (id) ON DELETE CASCADE)',
      'INSERT INTO t VALUES (1, 1), (2, 2)',
    ],
    differ: [
      'ALTER TABLE p ADD COLUMN x INT DEFAULT 7',
      'UPDATE p SET x = id',
      'ALTER TABLE t ADD COLUMN x INT',
      'UPDATE t SET x = id',
    ],
    work: [
      'INSERT INTO p VALUES (3, 3)',
      'INSERT INTO t VALUES (3, 3), (4, 1)',
      'UPDATE p SET v = 9 WHERE id = 2',
      'DELETE FROM p WHERE id = 1',
      'UPDATE t SET id = 20 WHERE id = 2',
    ],
  },
  {
    what: 'an extra column under triggers of the replica',
    create: plain,
    differ: [
      'ALTER TABLE t ADD COLUMN x INT DEFAULT 7',
      'UPDATE t SET x = id * 100',
      'CREATE TRIGGER before_t BEFORE UPDATE ON t FOR EACH ROW SET NEW.x = -1',
    ],
    work: everyChange,
  },
  {
    what: 'an extra column, while images do not carry all columns',
    create: plain,
    differ: ['ALTER TABLE t ADD COLUMN x INT DEFAULT 7', 'UPDATE t SET x = id * 100'],
    work: [
      "SET SESSION binlog_row_image = 'MINIMAL'",
      ...everyChange,
      "SET SESSION binlog_row_image = 'FULL'",
    ],
  },
  {
    what: 'columns of the same type in another order',
    create: [
      'CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT)',
      'INSERT INTO t VALUES (1, 1, 2), (2, 3, 4)',
    ],
    differ: ['ALTER TABLE t MODIFY a INT AFTER b'],
    work: [
      'INSERT INTO t VALUES (3, 5, 6)',
      'UPDATE t SET a = 10 WHERE id = 1',
      'DELETE FROM t WHERE id = 2',
    ],
  },
  {
    what: 'a generated column of the source that is a plain one of the replica',
    create: [
      'CREATE TABLE t (id INT PRIMARY KEY, v INT, g INT AS (v * 2) STORED)',
      'INSERT INTO t (id, v) VALUES (1, 1), (2, 2)',
    ],
    differ: ['ALTER TABLE t MODIFY g INT'],
    work: [
      'INSERT INTO t (id, v) VALUES (3, 3)',
      'UPDATE t SET v = 10 WHERE id = 1',
      'DELETE FROM t WHERE id = 2',
    ],
  },
  {
    what: 'a generated column with another expression',
    create: [
      'CREATE TABLE t (id INT PRIMARY KEY, v INT, g INT AS (v * 2) STORED)',
      'INSERT INTO t (id, v) VALUES (1, 1), (2, 2)',
    ],
    differ: ['ALTER TABLE t DROP COLUMN g, ADD COLUMN g INT AS (v * 3) STORED'],
    work: [
      'INSERT INTO t (id, v) VALUES (3, 3)',
      'UPDATE t SET v = 10 WHERE id = 1',
      'DELETE FROM t WHERE id = 2',
    ],
  },
  {
    what: 'NULL that may not be',
    create: ['CREATE TABLE t (id INT PRIMARY KEY, v INT, s VARCHAR(9))', "INSERT INTO t VALUES (1, 1, 'a')"],
    differ: ['ALTER TABLE t MODIFY v INT NOT NULL, MODIFY s VARCHAR(9) NOT NULL'],
    work: ['INSERT INTO t VALUES (2, NULL, NULL)', 'UPDATE t SET v = NULL, s = NULL WHERE id = 1'],
  },
  retyped('INT that is BIGINT', 'INT', 'BIGINT', ['-1', '2', '3', '2147483647']),
  retyped('INT UNSIGNED that is BIGINT', 'INT UNSIGNED', 'BIGINT', ['1', '2', '4294967295']),
  retyped('BIGINT that is INT', 'BIGINT', 'INT', ['1', '-5', '5000000000', '-5000000000']),
  retyped('VARCHAR that is TEXT', 'VARCHAR(20)', 'TEXT', ["'a'", "'ü'", "'c'", "''"]),
  retyped('a VARCHAR that is shorter', 'VARCHAR(20)', 'VARCHAR(3)', ["'a'", "'abcdef'", "'c'"]),
  retyped('a VARCHAR that is longer', 'VARCHAR(20)', 'VARCHAR(300)', ["'a'", "'abcdef'", "'c'"]),
  retyped('CHAR that is VARCHAR', 'CHAR(20)', 'VARCHAR(20)', ["'a'", "'abcdef'", "'c'"]),
  retyped('a DECIMAL with fewer digits', 'DECIMAL(10,4)', 'DECIMAL(6,1)', ['1.2345', '-99.99', '0']),
  retyped('FLOAT that is DOUBLE', 'FLOAT', 'DOUBLE', ['1.5', '-0.25', '3']),
  retyped('an ENUM in another order', "ENUM ('a', 'b')", "ENUM ('b', 'a')", ["'a'", "'b'", "'a'"]),
  retyped('TINYINT that is unsigned', 'TINYINT', 'TINYINT UNSIGNED', ['1', '-1', '127']),
  {
    what: 'a primary key of a wider type, and an extra column',
    create: plain,
    differ: [
      'ALTER TABLE t MODIFY id BIGINT NOT NULL, ADD COLUMN x INT DEFAULT 7',
      'UPDATE t SET x = id * 100',
    ],
    work: everyChange,
  },
  {
    what: 'a primary key of a wider type',
    create: plain,
    differ: ['ALTER TABLE t MODIFY id BIGINT NOT NULL'],
    work: everyChange,
  },
];

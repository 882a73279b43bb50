/** A column of a table that holds every type: its definition, and values as SQL with `n` as the row's number. */
interface TypedColumn {
  readonly definition: string;
  /** The least and the greatest value, and one that goes with the row's number. */
  readonly values: readonly [string, string, string];
}

const column = (definition: string, ...values: [string, string, string]): TypedColumn => ({
  definition,
  values,
});

function integers(): TypedColumn[] {
  const widths = { TINYINT: 8n, SMALLINT: 16n, MEDIUMINT: 24n, INT: 32n, BIGINT: 64n };
  return Object.entries(widths).flatMap(([type, bits]) => [
    column(type, String(-(2n ** (bits - 1n))), String(2n ** (bits - 1n) - 1n), 'n % 100 - 50'),
    column(`${type} UNSIGNED`, '0', String(2n ** bits - 1n), 'n % 250'),
  ]);
}

function bitsAndDecimals(): TypedColumn[] {
  const decimals = [
    [1, 0],
    [5, 2],
    [9, 9],
    [10, 0],
    [18, 9],
    [20, 19],
    [65, 30],
    [65, 0],
    [30, 30],
  ] as const;
  return [
    ...decimals.map(([precision, scale]) => {
      const whole = '9'.repeat(precision - scale) || '0';
      const most = scale === 0 ? whole : `${whole}.${'9'.repeat(scale)}`;
      return column(
        `DECIMAL(${precision},${scale})`,
        `-${most}`,
        most,
        precision === scale ? '0.5 / (n + 1)' : 'n % 10',
      );
    }),
    column('DECIMAL(12,4) UNSIGNED', '0', '99999999.9999', 'n / 7'),
    column('BIT(1)', "b'0'", "b'1'", 'n % 2'),
    column('BIT(8)', "b'0'", "b'11111111'", 'n % 256'),
    column('BIT(13)', "b'0'", "b'1111111111111'", 'n % 8192'),
    column('BIT(64)', "b'0'", '18446744073709551615', 'n'),
    column('FLOAT', '-3.402823466e38', '1.175494351e-38', 'n / 3'),
    column('FLOAT', '-0e0', '0e0', 'n'),
    column('DOUBLE', '-1.7976931348623157e308', '2.2250738585072014e-308', 'n / 3'),
    column('DOUBLE', '-0e0', '0e0', '-n'),
    column('BOOLEAN', 'FALSE', 'TRUE', 'n % 2'),
  ];
}

function temporals(): TypedColumn[] {
  const fractions = [0, 1, 2, 3, 4, 5, 6].flatMap((digits) => {
    const most = digits === 0 ? '' : `.${'9'.repeat(digits)}`;
    return [
      column(`TIME(${digits})`, `'-838:59:58${most}'`, `'838:59:58${most}'`, `SEC_TO_TIME(n - 500.123456)`),
      column(
        `DATETIME(${digits})`,
        "'0000-00-00 00:00:00'",
        `'9999-12-31 23:59:59${most.replace(/9$/, '8')}'`,
        "'2024-02-29 12:34:56.123456' + INTERVAL n HOUR",
      ),
      column(
        `TIMESTAMP(${digits}) NULL`,
        "'0000-00-00 00:00:00'",
        "'2038-01-19 02:14:07'",
        "'2024-02-29 12:34:56.654321' + INTERVAL n MINUTE",
      ),
    ];
  });
  return [
    ...fractions,
    column('DATE', "'0000-00-00'", "'9999-12-31'", "'2023-12-31' + INTERVAL n DAY"),
    column('DATE', "'2024-00-00'", "'2024-06-00'", "'1000-01-01'"),
    column('YEAR', '0', '2155', '1901 + n % 200'),
  ];
}

const sets = Array.from({ length: 64 }, (_, i) => `'s${i}'`).join(',');
const manyValues = Array.from({ length: 300 }, (_, i) => `'e${i}'`).join(',');

function texts(): TypedColumn[] {
  const charsets = [
    'latin1',
    'ascii',
    'utf8',
    'utf8mb4',
    'ucs2',
    'utf16',
    'utf16le',
    'utf32',
    'cp1251',
    'koi8r',
    'sjis',
    'eucjpms',
    'gbk',
    'big5',
    'binary',
  ];
  return [
    ...charsets.map((charset) =>
      column(
        `VARCHAR(40) CHARACTER SET ${charset}`,
        "''",
        "'The end '",
        "CONCAT('text ', n, REPEAT('x', n % 20))",
      ),
    ),
    column('CHAR(0) CHARACTER SET latin1', "''", "''", "''"),
    column('CHAR(1) CHARACTER SET latin1', "''", "'z'", 'n % 10'),
    column('CHAR(255) CHARACTER SET utf8mb4', "''", "REPEAT('\u{1F600}', 255)", "CONCAT(n, '\u20AC')"),
    column('CHAR(255) CHARACTER SET latin1', "'trailing   '", "REPEAT('y', 255)", 'n'),
    column('VARCHAR(255) CHARACTER SET latin1', "''", "REPEAT('v', 255)", "REPEAT('w', n % 255)"),
    column('VARCHAR(256) CHARACTER SET latin1', "''", "REPEAT('v', 256)", "REPEAT('w', n % 256)"),
    column(
      'VARCHAR(64) CHARACTER SET utf8mb4',
      "'\u{1F600}'",
      "REPEAT('\u20AC', 64)",
      "CONCAT('n\u00e4', n)",
    ),
    column('BINARY(1)', "''", "x'ff'", 'CHAR(n % 256)'),
    column('BINARY(20)', "x'00'", "REPEAT(x'ff', 20)", 'n'),
    column('VARBINARY(255)', "''", "REPEAT(x'00ff', 127)", "UNHEX(LPAD(HEX(n), 16, '0'))"),
    column('VARBINARY(700)', "''", "REPEAT(x'00', 700)", "REPEAT(x'0a0d', n % 300)"),
    column('TINYBLOB', "''", "REPEAT(x'00', 255)", "REPEAT('a', n % 255)"),
    column('BLOB', "''", "REPEAT(x'ff', 20000)", "REPEAT('b', n % 400)"),
    column('MEDIUMBLOB', "''", "REPEAT('c', 70000)", "REPEAT('c', n % 400)"),
    column('LONGBLOB', "''", "REPEAT('d', 66000)", "REPEAT('d', n % 300)"),
    column('TINYTEXT', "''", "REPEAT('t', 255)", "REPEAT('t', n % 255)"),
    column('TEXT CHARACTER SET utf8', "''", "REPEAT('\u20AC', 9000)", "CONCAT('\u00fc', n)"),
    column('MEDIUMTEXT CHARACTER SET utf8mb4', "''", "REPEAT('\u{1F600}', 20000)", "CONCAT('\u{1F600}', n)"),
    column('LONGTEXT CHARACTER SET utf16', "''", "REPEAT('\u20AC', 900)", "CONCAT('\u00df', n)"),
    column("ENUM('a','b','\u00e7')", "'a'", "'\u00e7'", '1 + n % 3'),
    column(`ENUM(${manyValues})`, "'e0'", "'e299'", '1 + n % 300'),
    column("SET('a','b','c')", "''", "'a,b,c'", 'n % 8'),
    column(`SET(${sets})`, "''", '18446744073709551615', 'n'),
  ];
}

function spatials(): TypedColumn[] {
  const from = (text: string): string => `ST_GeomFromText(${text})`;
  const point = from("CONCAT('POINT(', n, ' ', -n, ')')");
  return [
    column('GEOMETRY', from("'POINT(0 0)'"), from("'POLYGON((0 0,9 0,9 9,0 9,0 0))'"), point),
    column('POINT', from("'POINT(-1 -1)'"), from("'POINT(1e10 1e-10)'"), point),
    column(
      'LINESTRING',
      from("'LINESTRING(0 0,1 1)'"),
      from("'LINESTRING(0 0,1 1,2 2,3 3)'"),
      from("CONCAT('LINESTRING(0 0,', n, ' 1)')"),
    ),
    column('MULTIPOINT', from("'MULTIPOINT(0 0)'"), from("'MULTIPOINT(0 0,1 1)'"), from("'MULTIPOINT(2 2)'")),
    column(
      'GEOMETRYCOLLECTION',
      from("'GEOMETRYCOLLECTION(POINT(1 1))'"),
      from("'GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))'"),
      from("'GEOMETRYCOLLECTION(POINT(2 1))'"),
    ),
  ];
}

/** Types that 5.6 does not have. */
const newerColumns: readonly TypedColumn[] = [
  column(
    'JSON',
    "'null'",
    `'{"a":[1,2,{"b":"\u20ac"}],"c":1.5,"d":true}'`,
    "JSON_OBJECT('n', n, 'text', REPEAT('j', n % 100), 'when', CAST('2024-01-01' AS DATETIME))",
  ),
  column(
    'VECTOR(3)',
    "STRING_TO_VECTOR('[0,0,0]')",
    "STRING_TO_VECTOR('[3e9,-1.5,1e-9]')",
    "STRING_TO_VECTOR(CONCAT('[', n, ',1,2]'))",
  ),
  column('VARCHAR(30) CHARACTER SET gb18030', "''", "'\u20ac\u00fc'", "CONCAT('\u20ac', n)"),
  column('VARCHAR(30) CHARACTER SET utf8mb4 INVISIBLE', "''", "'hidden'", "CONCAT('i', n)"),
  column(
    'GEOMETRY SRID 4326',
    "ST_GeomFromText('POINT(0 0)', 4326)",
    "ST_GeomFromText('POINT(90 180)', 4326)",
    "ST_GeomFromText('POINT(1 1)', 4326)",
  ),
];

const sharedColumns: readonly TypedColumn[] = [
  ...integers(),
  ...bitsAndDecimals(),
  ...temporals(),
  ...texts(),
  ...spatials(),
];

/** A session in which every value may be written that a table can hold. */
export const permissiveSession = "SET SESSION sql_mode='ALLOW_INVALID_DATES', time_zone='+00:00'";

/** Tables of every type and the changes to them. */
export class TypeTables {
  readonly #schema: string;
  readonly #columns: readonly TypedColumn[];

  constructor(schema: string, { old = false } = {}) {
    this.#schema = schema;
    this.#columns = old ? sharedColumns : [...sharedColumns, ...newerColumns];
  }

  /** A schema, 1000 numbers in a table `n`, and a table with a column of every type in two engines of keys: with and without. */
  create(): string[] {
    const schema = this.#schema;
    const definitions = this.#columns.map(
      ({ definition }, i) => `c${i} ${definition}${/NULL$/.test(definition) ? '' : ' NULL'}`,
    );
    const digits =
      '(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
    return [
      `CREATE DATABASE ${schema}`,
      `CREATE TABLE ${schema}.numbers (n INT PRIMARY KEY)`,
      `INSERT INTO ${schema}.numbers SELECT a.d * 100 + b.d * 10 + c.d FROM ${digits} a, ${digits} b, ${digits} c`,
      `CREATE TABLE ${schema}.keyed (id INT AUTO_INCREMENT PRIMARY KEY, ${definitions.join(', ')}) ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4`,
      `CREATE TABLE ${schema}.unkeyed (id INT, ${definitions.join(', ')}) ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4`,
    ];
  }

  /** One statement each that writes 40 rows with the least, the greatest and other values and NULL, changes and deletes some. */
  change(round: number): string[] {
    const first = round * 40;
    const names = this.#columns.map((_, i) => `c${i}`);
    const value = ({ values }: TypedColumn, i: number): string =>
      `CASE (n + ${i}) % 5 WHEN 0 THEN ${values[0]} WHEN 1 THEN ${values[1]} WHEN 2 THEN NULL ELSE ${values[2]} END`;
    const insert = (table: string): string =>
      `INSERT INTO ${this.#schema}.${table} (id, ${names.join(', ')}) SELECT n + 1, ${this.#columns.map(value).join(', ')} ` +
      `FROM ${this.#schema}.numbers WHERE n BETWEEN ${first} AND ${first + 39} ORDER BY n`;
    const moved = this.#columns.map((own, i) => `c${i} = ${value(own, i + 1).replaceAll(/\bn\b/g, 't.id')}`);
    const update = (table: string): string =>
      `UPDATE ${this.#schema}.${table} t SET ${moved.join(', ')} WHERE t.id > ${first + 10}`;
    const remove = (table: string): string =>
      `DELETE FROM ${this.#schema}.${table} WHERE id % 7 = 3 AND id < ${first + 40}`;
    return ['keyed', 'unkeyed'].flatMap((table) => [insert(table), update(table), remove(table)]);
  }
}

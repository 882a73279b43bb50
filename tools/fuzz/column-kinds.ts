import type { SeededRandom } from '../lab/seeded-random.js';
import { pick } from './pick.js';

/** A column type, and values for it. */
export interface ColumnKind {
  readonly name: string;
  /** As CREATE TABLE takes it. */
  readonly type: string;
  /** How it can be in a key: as it is, by a prefix only, or not at all. */
  readonly key: 'whole' | 'prefix' | 'none';
  /** What arithmetic it takes in an UPDATE. */
  readonly family: 'number' | 'text' | 'json' | 'other';
  /** A literal, often one of few, so that keys and unique values meet. */
  literal(random: SeededRandom): string;
}

/** Equal in some collations and not in others: case, accents, trailing spaces, expansions, ignorable characters. */
const words = [
  'a',
  'A',
  'á',
  'a ',
  'ab',
  'aB',
  'b',
  'b ',
  'ß',
  'ss',
  'é',
  'e',
  '',
  ' ',
  'x',
  'z%',
  'Ä',
  'ae',
  'æ',
  'o\\o',
  "q''q",
];
const wideWords = [...words, '日本', '😀', 'a😀', 'İ', 'i', 'ı', '\u200b'];
const moments = ['2024-02-29', '1970-01-01', '9999-12-31', '2026-11-22', '1000-01-01', '2026-03-29'];
const times = ['00:00:00', '23:59:59.999999', '12:00:00.5', '02:30:00.123456'];
const documents = [
  '{"a": 1, "b": [1, 2, 3], "c": "text"}',
  '{"a": {"b": {"c": null}}, "z": true}',
  '[]',
  '{}',
  '[1, "two", 3.5, {"four": 4}]',
  '"text"',
  '17',
  'null',
  '{"big": 18446744073709551615, "neg": -9223372036854775808, "d": 1e100}',
];

const number = (name: string, type: string, least: number, most: number, scale = 0): ColumnKind => ({
  name,
  type,
  key: 'whole',
  family: 'number',
  literal: (random) => {
    if (random.chance(0.04)) return random.chance(0.5) ? String(least) : String(most);
    const value = random.below(24) - (least < 0 ? 6 : 0);
    return scale === 0 ? String(value) : (value / 2).toFixed(scale);
  },
});

const wordKind = (
  name: string,
  type: string,
  key: 'whole' | 'prefix',
  list: readonly string[],
): ColumnKind => ({
  name,
  type,
  key,
  family: 'text',
  literal: (random) => {
    if (random.chance(0.1)) return `REPEAT('${pick(random, ['x', 'yz', 'a '])}', ${random.between(1, 8)})`;
    return `'${pick(random, list)}'`;
  },
});

const other = (
  name: string,
  type: string,
  key: ColumnKind['key'],
  literal: ColumnKind['literal'],
): ColumnKind => ({
  name,
  type,
  key,
  family: 'other',
  literal,
});

const moment = (random: SeededRandom): string => `'${pick(random, moments)} ${pick(random, times)}'`;

export const columnKinds: readonly ColumnKind[] = [
  number('tiny', 'TINYINT', -128, 127),
  number('tinyu', 'TINYINT UNSIGNED', 0, 255),
  number('small', 'SMALLINT', -32768, 32767),
  number('mediumu', 'MEDIUMINT UNSIGNED', 0, 16777215),
  number('medium', 'MEDIUMINT', -8388608, 8388607),
  number('int', 'INT', -2147483648, 2147483647),
  number('big', 'BIGINT', -9007199254740991, 9007199254740991),
  number('dec', 'DECIMAL(12,3)', -999999999, 999999999, 3),
  number('decimal', 'DECIMAL(65,30)', -99999999, 99999999, 3),
  {
    ...number('double', 'DOUBLE', -1e300, 1e300),
    literal: (random) => pick(random, ['0', '-0e0', '1.5', '-1.5', '1e-300', '3', '7', '1e300']),
  },
  {
    ...number('float', 'FLOAT', -1e30, 1e30),
    literal: (random) => pick(random, ['0', '-0e0', '0.1', '-1.5', '16777217', '3']),
  },
  other('bit', 'BIT(11)', 'whole', (random) => `b'${random.below(64).toString(2)}'`),
  other('date', 'DATE', 'whole', (random) => `'${pick(random, moments)}'`),
  other('time', 'TIME(3)', 'whole', (random) =>
    pick(random, ["'-838:59:59'", "'00:00:00.001'", "'12:30:00.5'", "'838:59:59'", "'-00:00:00.100'"]),
  ),
  other('datetime', 'DATETIME(6)', 'whole', moment),
  other('datetime0', 'DATETIME', 'whole', moment),
  other(
    'stamp',
    'TIMESTAMP(2)',
    'whole',
    (random) =>
      `'20${random.between(10, 29)}-0${random.between(1, 9)}-1${random.below(10)} 02:0${random.below(10)}:00.25'`,
  ),
  other('year', 'YEAR', 'whole', (random) => String(random.between(1990, 2010))),
  wordKind('char', 'CHAR(12)', 'whole', wideWords),
  wordKind('charbin', 'CHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', 'whole', wideWords),
  wordKind('latin', 'CHAR(10) CHARACTER SET latin1 COLLATE latin1_german1_ci', 'whole', words),
  wordKind('var', 'VARCHAR(40)', 'whole', wideWords),
  wordKind('vargen', 'VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci', 'whole', wideWords),
  wordKind('varbin', 'VARCHAR(70) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin', 'whole', wideWords),
  wordKind('varlatin', 'VARCHAR(255) CHARACTER SET latin1 COLLATE latin1_bin', 'whole', words),
  wordKind('ucs', 'VARCHAR(30) CHARACTER SET utf16 COLLATE utf16_unicode_ci', 'whole', wideWords),
  wordKind('text', 'TEXT', 'prefix', wideWords),
  wordKind('longtext', 'LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci', 'prefix', wideWords),
  wordKind('tinytext', 'TINYTEXT CHARACTER SET latin1', 'prefix', words),
  other(
    'binary',
    'BINARY(6)',
    'whole',
    (random) => `x'${pick(random, ['', '00', '6100', '61', '6162', 'ff00ff'])}'`,
  ),
  other(
    'varbinary',
    'VARBINARY(20)',
    'whole',
    (random) => `x'${pick(random, ['', '00', '6100', '61', '6120', 'ff00ff', '4142'])}'`,
  ),
  other('blob', 'BLOB', 'prefix', (random) => `REPEAT(x'00${random.below(10)}1', ${random.below(60)})`),
  other('enum', "ENUM('a','b','ß','')", 'whole', (random) =>
    pick(random, ["'a'", "'b'", "'ß'", "''", '1', '3']),
  ),
  other('set', "SET('a','b','c','d','e','f','g','h','i')", 'whole', (random) => String(random.below(512))),
  { ...other('json', 'JSON', 'none', (random) => `'${pick(random, documents)}'`), family: 'json' },
  other(
    'point',
    'POINT',
    'none',
    (random) => `ST_GeomFromText('POINT(${random.below(9)} ${random.below(9)})')`,
  ),
  other(
    'geometry',
    'GEOMETRY',
    'none',
    (random) =>
      `ST_GeomFromText('${pick(random, ['POINT(1 1)', 'LINESTRING(0 0, 1 1, 2 0)', 'POLYGON((0 0, 0 3, 3 3, 0 0))', 'GEOMETRYCOLLECTION EMPTY'])}')`,
  ),
  other(
    'vector',
    'VECTOR(3)',
    'none',
    (random) => `STRING_TO_VECTOR('[${random.below(9)}, 0.5, -${random.below(9)}]')`,
  ),
];

const keyKinds = columnKinds.filter(({ key }) => key === 'whole');
const integerKinds = columnKinds.filter(({ name }) =>
  ['int', 'big', 'small', 'mediumu', 'medium'].includes(name),
);

export const anyKind = (random: SeededRandom): ColumnKind => pick(random, columnKinds);
export const keyKind = (random: SeededRandom): ColumnKind =>
  pick(random, random.chance(0.4) ? integerKinds : keyKinds);
export const integerKind = (random: SeededRandom): ColumnKind => pick(random, integerKinds);

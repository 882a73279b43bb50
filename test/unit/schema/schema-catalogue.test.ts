import { describe, expect, test } from '@jest/globals';
import { comparabilityObstacle, type KeyColumnType } from '../../../src/schema/key-comparability.js';
import { compareSeries, isMysqlAtLeast, parseServerVersion } from '../../../src/mysql/server-version.js';

const isKeyComparable = (column: KeyColumnType): boolean => comparabilityObstacle(column) === null;

describe('keys that can be compared as bytes', () => {
  test.each([
    'int',
    'bigint',
    'decimal',
    'bit',
    'year',
    'date',
    'datetime',
    'time',
    'enum',
    'set',
    'binary',
    'varbinary',
  ])('%s can', (dataType) => expect(isKeyComparable({ dataType, collation: null })).toBe(true));
  test.each(['float', 'double', 'json', 'geometry', 'blob', 'vector', 'something_new'])(
    '%s cannot',
    (dataType) => expect(isKeyComparable({ dataType, collation: null })).toBe(false),
  );
  test.each([
    ['char', 'ascii_bin', true],
    ['char', 'utf8mb4_bin', true],
    ['char', 'utf8mb4_0900_ai_ci', false],
    ['varchar', 'utf8mb4_0900_bin', true],
    ['varchar', 'utf8mb4_bin', false],
    ['varchar', 'latin1_swedish_ci', false],
    ['text', 'utf8mb4_0900_bin', false],
  ])('%s with %s: %p', (dataType, collation, expected) =>
    expect(isKeyComparable({ dataType, collation })).toBe(expected),
  );
});

describe('server versions', () => {
  test.each([
    ['9.7.4-2', 'mysql', 9, 7, 4],
    ['5.6.24-log', 'mysql', 5, 6, 24],
    ['8.0.36-28.1-Percona', 'mysql', 8, 0, 36],
    ['10.11.18-MariaDB-0+deb12u1-log', 'mariadb', 10, 11, 18],
    ['5.5.5-10.3.39-MariaDB', 'mariadb', 10, 3, 39],
    ['nonsense', 'mysql', 0, 0, 0],
  ])('%s', (text, flavour, major, minor, patch) =>
    expect(parseServerVersion(text)).toEqual({ flavour, major, minor, patch, text }),
  );

  test('order', () => {
    const [old, current] = [parseServerVersion('8.0.21'), parseServerVersion('9.7.4')];
    expect(isMysqlAtLeast(old, 8, 0, 22)).toBe(false);
    expect(isMysqlAtLeast(old, 8, 0, 21)).toBe(true);
    expect(isMysqlAtLeast(current, 8, 0, 22)).toBe(true);
    expect(isMysqlAtLeast(parseServerVersion('10.11.1-MariaDB'), 5)).toBe(false);
    expect(compareSeries(old, current)).toBeLessThan(0);
    expect(compareSeries(parseServerVersion('8.0.1'), parseServerVersion('8.0.40'))).toBe(0);
  });
});

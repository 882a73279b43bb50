import { describe, expect, test } from '@jest/globals';
import { formatStatement, quoteIdentifier, quoteString, quoteTable } from '../../../src/mysql/identifier.js';

describe('identifiers', () => {
  test.each([
    ['plain', '`plain`'],
    ['a`b``', '`a``b`````'],
    ['a.b', '`a.b`'],
    ['Größe 😀"', '`Größe 😀"`'],
  ])('%s', (name, quoted) => expect(quoteIdentifier(name)).toBe(quoted));

  test('a table with its schema', () => expect(quoteTable('s`', 't.u')).toBe('`s```.`t.u`'));
});

describe('strings', () => {
  test('plain text stays readable', () =>
    expect(quoteString('binlog.000001 "x" ?')).toBe(`'binlog.000001 "x" ?'`));

  test.each(["it's", 'back\\slash', 'line\n', '\u0000', 'é', '😀', '\u007f'])('%j is hexadecimal', (text) => {
    const match = /^_utf8mb4 x'([0-9a-f]*)'$/.exec(quoteString(text));
    expect(Buffer.from(match?.[1] ?? '', 'hex').toString('utf8')).toBe(text);
  });
});

describe('statements', () => {
  test('every kind of value [T18]', () => {
    const values = ['a?b', 1, -2.5, 18446744073709551615n, true, null, Buffer.from([1, 255])];
    expect(formatStatement('? ? ? ? ? ? ?', values)).toBe(
      "'a?b' 1 -2.5 18446744073709551615 TRUE NULL x'01ff'",
    );
  });

  test('a value too many or too few is refused', () => {
    expect(() => formatStatement('SELECT ?', [])).toThrow(TypeError);
    expect(() => formatStatement('SELECT ?', [1, 2])).toThrow(TypeError);
  });

  test.each([[undefined], [Number.NaN], [Number.POSITIVE_INFINITY], [{}], [new Date()], [[1]]])(
    '%p has no literal',
    (value) => expect(() => formatStatement('SELECT ?', [value])).toThrow(TypeError),
  );
});

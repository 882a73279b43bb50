import { describe, expect, test } from '@jest/globals';
import {
  bucketDigestStatement,
  bucketRowsStatement,
  columnText,
  type DigestTable,
  rowIdentity,
  tableDigestStatement,
} from '../../../src/verify/row-digest.js';

const id = { name: 'id', dataType: 'int' };
const note = { name: 'note', dataType: 'varchar' };
const keyed: DigestTable = { schema: 'shop', table: 'item', columns: [id, note], keyColumns: [id] };
const keyless: DigestTable = { ...keyed, keyColumns: [] };

describe('the text that stands for a value', () => {
  test.each([
    ['int', 'CAST(`c` AS CHAR)'],
    ['decimal', 'CAST(`c` AS CHAR)'],
    ['datetime', 'CAST(`c` AS CHAR)'],
    ['float', "CONCAT(`c`, '/', ABS(`c`) * 1e0)"],
    ['double', 'CONCAT(`c`)'],
    ['bit', 'CAST(CAST(`c` AS UNSIGNED) AS CHAR)'],
    ['enum', 'CAST(CAST(`c` AS UNSIGNED) AS CHAR)'],
    ['varchar', 'HEX(`c`)'],
    ['binary', 'HEX(`c`)'],
    ['longtext', 'SHA2(`c`, 256)'],
    ['blob', 'SHA2(`c`, 256)'],
    [
      'json',
      "IF(`c` IS NULL, NULL, COALESCE(NULLIF(SHA2(CAST(`c` AS CHAR), 256), SHA2('', 256)), " +
        "CAST(CAST(CONCAT('too long: ', JSON_TYPE(`c`)) AS JSON) AS CHAR)))",
    ],
    ['geometry', 'SHA2(`c`, 256)'],
    ['geomcollection', 'SHA2(`c`, 256)'],
    ['multipolygon', 'SHA2(`c`, 256)'],
    ['vector', 'SHA2(`c`, 256)'],
  ])('of type %s is exact, and NULL has its own', (dataType, expected) => {
    expect(columnText({ name: 'c', dataType })).toBe(`IFNULL(${expected}, 'N')`);
  });

  test('quotes the column, whatever its name', () => {
    expect(columnText({ name: 'a`b?', dataType: 'int' })).toContain('`a``b?`');
  });
});

describe('the statements', () => {
  test('tell rows apart by primary key, else by their whole content', () => {
    expect(rowIdentity(keyed)).toBe("CONCAT_WS(',', IFNULL(CAST(`id` AS CHAR), 'N'))");
    expect(rowIdentity(keyless)).toContain('HEX(`note`)');
  });

  test('count and sum, so that neither order nor pairs of duplicates are lost', () => {
    const statement = tableDigestStatement(keyed);
    expect(statement).toMatch(/^SELECT COUNT\(\*\) AS row_count, COALESCE\(SUM\(/);
    expect(statement).toMatch(/FROM `shop`\.`item`$/);
    expect(statement).not.toContain('XOR');
  });

  test('put a keyed row into the same bucket whatever its other columns hold', () => {
    const [bucket] = bucketDigestStatement(keyed, 16).split(' AS bucket');
    expect(bucket).not.toContain('note');
    expect(bucket).toContain('% 16');
  });

  test('read a bucket no further than they are told', () => {
    expect(bucketRowsStatement(keyed, 16, 3, 99)).toMatch(/% 16 = 3 .* LIMIT 99$/);
  });
});

import { describe, expect, test } from '@jest/globals';
import { chunkDigestStatement, lookupStatement, readDigest } from '../../../src/verify/chunk-statements.js';
import { ChunkPace } from '../../../src/verify/chunk-pace.js';
import {
  equalCondition,
  isRangeType,
  type KeyColumn,
  rangeCondition,
} from '../../../src/verify/range-key.js';
import type { SideTable } from '../../../src/verify/table-pair.js';

const column = (name: string, dataType: string, characterSet: string | null = null): KeyColumn => ({
  name,
  dataType,
  characterSet,
  nullable: false,
});
const id = column('id', 'bigint');
const table: SideTable = {
  schema: 'shop',
  table: 'item',
  columns: [{ ...id }, { name: 'note', dataType: 'varchar', nullable: true }],
  key: { indexName: 'PRIMARY', columns: [id] },
  keyColumns: [id],
};

describe('a range of keys', () => {
  test('is open where it has no bound', () => {
    expect(rangeCondition([id], { after: null, upTo: null })).toBe('');
    expect(rangeCondition([id], { after: ['5'], upTo: null })).toBe('`id` > 5');
    expect(rangeCondition([id], { after: null, upTo: ['9'] })).toBe('`id` <= 9');
    expect(rangeCondition([id], { after: ['5'], upTo: ['9'] })).toBe('`id` > 5 AND `id` <= 9');
  });

  test('of several columns is written out, for the optimizer makes no range of a comparison of rows', () => {
    const key = [column('a', 'int'), column('b', 'date'), column('c', 'varbinary')];
    expect(rangeCondition(key, { after: ['1', '2024-00-00', '00ff'], upTo: null })).toBe(
      "(`a` > 1 OR (`a` = 1 AND `b` > '2024-00-00') OR (`a` = 1 AND `b` = '2024-00-00' AND `c` > x'00ff'))",
    );
    expect(rangeCondition(key.slice(0, 2), { after: null, upTo: ['1', '0000-00-00'] })).toBe(
      "(`a` < 1 OR (`a` = 1 AND `b` <= '0000-00-00'))",
    );
  });

  test('writes text in the column’s own character set, byte for byte', () => {
    expect(equalCondition([column('a`b', 'varchar', 'latin1')], ['E9'])).toBe("`a``b` = _latin1 x'E9'");
    expect(equalCondition([column('a', 'char', 'utf8mb3')], ['C3A9'])).toBe("`a` = _utf8mb4 x'C3A9'");
    expect(equalCondition([column('a', 'varchar', 'utf16')], [''])).toBe("`a` = _utf16 x''");
  });

  test.each(['float', 'double', 'enum', 'set', 'text', 'blob', 'json', 'geometry', 'vector'])(
    'is not made of %s',
    (dataType) => {
      expect(isRangeType(dataType)).toBe(false);
    },
  );
});

describe('the statements of a chunk', () => {
  test('go by the index, and carry their time limit', () => {
    const statement = chunkDigestStatement(table, { after: ['5'], upTo: ['9'] }, 'binary', 700);
    expect(statement).toMatch(
      /^SELECT \/\*\+ MAX_EXECUTION_TIME\(700\) \*\/ COUNT\(\*\) AS row_count, BIT_XOR\(UNHEX\(SHA2\(/,
    );
    expect(statement).toMatch(/FROM `shop`\.`item` FORCE INDEX \(`PRIMARY`\) WHERE `id` > 5 AND `id` <= 9$/);
    expect(chunkDigestStatement(table, { after: null, upTo: null }, 'numbers', 0)).not.toContain(
      'MAX_EXECUTION',
    );
  });

  test('look up rows by their places', () => {
    const statement = lookupStatement(table, [['5'], ['9']]);
    expect(statement).toContain('CASE WHEN (`id` = 5) THEN 0 WHEN (`id` = 9) THEN 1 END AS place');
    expect(statement).toMatch(/WHERE \(`id` = 5\) OR \(`id` = 9\)$/);
  });

  test('give one digest in either form', () => {
    const bytes = Buffer.from('00112233445566778899aabbccddeeff'.repeat(2), 'hex');
    const numbers = { row_count: '3', part_0: '4822678189205111', part_1: '9843086184167632639' };
    expect(readDigest({ row_count: '3', part_0: bytes })).toEqual(readDigest(numbers));
    expect(readDigest({ row_count: '0', part_0: Buffer.alloc(32) })).toEqual({ rows: 0, digest: '' });
    expect(readDigest({ row_count: 0, part_0: '0', part_1: '0' })).toEqual({ rows: 0, digest: '' });
  });
});

describe('the pace', () => {
  test('comes to chunks that take the time they should, without leaps', () => {
    const pace = new ChunkPace(500);
    const sizes = Array.from({ length: 12 }, () => {
      pace.learn(pace.rows, pace.rows / 400);
      return pace.rows;
    });
    expect(sizes[0]).toBe(2_000);
    expect(sizes.at(-1)).toBe(200_000);
    pace.learn(200_000, 50_000);
    expect(pace.rows).toBe(50_000);
  });

  test('learns nothing from the end of a table, and never stands still', () => {
    const pace = new ChunkPace(500);
    pace.learn(3, 400);
    expect(pace.rows).toBe(1_000);
    for (let i = 0; i < 10; i += 1) pace.slowDown();
    expect(pace.rows).toBe(100);
  });
});

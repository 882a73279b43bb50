import { describe, expect, test } from '@jest/globals';
import { verifySettings } from '../../../src/cli/verify-arguments.js';
import {
  parseTableName,
  splitNames,
  wantsSchema,
  wantsTable,
  wantsWholeSchema,
} from '../../../src/verify/verify-filter.js';

const servers = { source: 'mysql://u:pw-one@h1', replica: 'mysql://u:pw-two@h2' };

describe('names of tables', () => {
  test.each([
    ['shop.item', 'shop', 'item'],
    ['`my.shop`.item', 'my.shop', 'item'],
    ['`a``b`.`c,d`', 'a`b', 'c,d'],
    [' shop.größe ', 'shop', 'größe'],
  ])('%s', (text, schema, table) => {
    expect(parseTableName(text)).toEqual({ schema, table });
  });

  test.each(['item', 'a.b.c', '.item', 'shop.', ''])('%p is none', (text) => {
    expect(() => parseTableName(text)).toThrow('TR_CONFIG_INVALID');
  });

  test('a list is split at its commas, but not within backticks', () => {
    expect(splitNames('a.b, `c,d`.e,,f.g')).toEqual(['a.b', '`c,d`.e', 'f.g']);
  });
});

describe('a filter', () => {
  test('of schemas and of tables adds up', () => {
    const filter = { schemas: ['shop'], tables: [{ schema: 'hr', table: 'people' }] };
    expect([wantsSchema(filter, 'shop'), wantsSchema(filter, 'hr'), wantsSchema(filter, 'x')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([wantsWholeSchema(filter, 'shop'), wantsWholeSchema(filter, 'hr')]).toEqual([true, false]);
    expect([wantsTable(filter, 'hr', 'people'), wantsTable(filter, 'hr', 'pay')]).toEqual([true, false]);
  });
});

describe('the options', () => {
  test('have defaults', () => {
    expect(verifySettings(servers, {})).toMatchObject({
      source: { host: 'h1', password: 'pw-one' },
      replica: { host: 'h2', password: 'pw-two' },
      filter: { schemas: null, tables: null },
      parallel: 2,
      chunkMs: 500,
      threadsMax: 0,
      stalledMsMax: 60_000,
      stateFile: null,
    });
  });

  test('every mistake is named at once', () => {
    const args = { ...servers, parallel: '0', 'chunk-time': 'x', 'max-load': '-1', rows: ['1', '2'] };
    expect(() => verifySettings(args, {})).toThrow(
      expect.objectContaining({
        code: 'TR_CONFIG_INVALID',
        why: expect.stringMatching(/--parallel: [^]*--chunk-time: [^]*--max-load: [^]*--rows: /),
      }),
    );
  });
});

import { describe, expect, test } from '@jest/globals';
import { compareDefinitions } from '../../../src/verify/compare-definitions.js';
import { describeDifference } from '../../../src/verify/server-difference.js';
import type { ServerObject } from '../../../src/verify/server-objects.js';

function table(definition: string, name = 'item'): ServerObject {
  return { kind: 'table', schema: 'shop', name, definition };
}

const created = (options: string) =>
  `Create Table: CREATE TABLE \`item\` (\n  \`id\` int\n) ENGINE=InnoDB${options}`;

describe('comparing definitions', () => {
  test('finds nothing where all is alike', () => {
    expect(compareDefinitions([table(created(''))], [table(created(''))])).toEqual([]);
  });

  test('tells which side lacks an object', () => {
    const found = compareDefinitions([table('x', 'a')], [table('x', 'b')]);
    expect(found.map(describeDifference)).toEqual([
      'table shop.a: only on the source',
      'table shop.b: only on the replica',
    ]);
  });

  test('shows the first line that differs', () => {
    const [difference] = compareDefinitions([table('a\n  b\nc')], [table('a\n  B\nc')]);
    expect(difference?.detail).toBe('source has «b», replica «B»');
  });

  test('tells the next number of a table apart from its definition', () => {
    const source = table(created(' AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4'));
    const replica = table(created(' DEFAULT CHARSET=utf8mb4'));
    expect(compareDefinitions([source], [replica]).map(describeDifference)).toEqual([
      'auto-increment shop.item: source 7, replica 1',
    ]);
  });

  test('does not take a comment for the next number', () => {
    const source = table(created(" COMMENT=') ENGINE=InnoDB AUTO_INCREMENT=7'"));
    const replica = table(created(" COMMENT=') ENGINE=InnoDB AUTO_INCREMENT=8'"));
    expect(compareDefinitions([source], [replica]).map(({ kind }) => kind)).toEqual(['table']);
  });
});

describe('a row difference', () => {
  test('reads as a sentence', () => {
    const rows = [
      { key: 'id=1', sourceCopies: 1, replicaCopies: 1 },
      { key: 'id=2', sourceCopies: 1, replicaCopies: 0 },
      { key: 'id=3', sourceCopies: 0, replicaCopies: 1 },
      { key: 'v=4', sourceCopies: 3, replicaCopies: 2 },
    ];
    const text = describeDifference({
      kind: 'rows',
      schema: 'shop',
      name: 'item',
      detail: 'not the same',
      rows,
    });
    expect(text).toBe(
      'rows shop.item: not the same: id=1 (content differs); id=2 (missing on the replica); ' +
        'id=3 (only on the replica); v=4 (3 on the source, 2 on the replica)',
    );
  });
});

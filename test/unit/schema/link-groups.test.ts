import { describe, expect, test } from '@jest/globals';
import { linkGroups } from '../../../src/schema/link-groups.js';

const key = (child: string, parent: string, hasAction = false) => ({ child, parent, hasAction });

describe('link groups', () => {
  test('follow foreign keys over any number of steps, and name an action anywhere in the group [P6]', () => {
    const groups = linkGroups(
      [key('s.d', 's.c'), key('s.b', 's.a', true), key('s.c', 's.b'), key('s.y', 's.x')],
      [],
    );
    for (const table of ['s.a', 's.b', 's.c', 's.d']) {
      expect(groups.get(table)).toEqual({ name: 's.a', linked: true, referentialActions: true });
    }
    expect(groups.get('s.y')).toEqual({ name: 's.x', linked: true, referentialActions: false });
    expect(groups.get('s.z')).toBeUndefined();
  });

  test('a table that refers to itself is linked, one that is declared alone is not', () => {
    const groups = linkGroups([key('s.tree', 's.tree', true)], [['s.alone'], []]);
    expect(groups.get('s.tree')).toEqual({ name: 's.tree', linked: true, referentialActions: true });
    expect(groups.get('s.alone')).toEqual({ name: 's.alone', linked: false, referentialActions: false });
  });

  test('declared lists join what foreign keys do not', () => {
    const groups = linkGroups(
      [key('s.child', 's.parent')],
      [
        ['t.log', 's.child'],
        ['u.other', 't.log'],
      ],
    );
    for (const table of ['s.child', 's.parent', 't.log', 'u.other']) {
      expect(groups.get(table)?.name).toBe('s.child');
    }
  });

  test('a long chain does not take long', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => key(`s.${i + 1}`, `s.${i}`));
    expect(new Set([...linkGroups(chain, []).values()].map(({ name }) => name)).size).toBe(1);
  });
});

import { describe, expect, test } from '@jest/globals';
import { settle } from '../../../src/verify/settle.js';

const open = (source: string | null, confirmed: number) => ({ kind: 'open', doubt: { source, confirmed } });

describe('a second look', () => {
  test('the replica has what the source has now: equal', () => {
    expect(settle({ source: 'a', confirmed: 1 }, 'b', 'b')).toEqual({ kind: 'equal' });
    expect(settle({ source: 'a', confirmed: 1 }, null, null)).toEqual({ kind: 'equal' });
  });

  test('the replica has what the source had: equal, it only was a little behind', () => {
    expect(settle({ source: 'a', confirmed: 0 }, 'a', 'b')).toEqual({ kind: 'equal' });
    expect(settle({ source: null, confirmed: 0 }, null, 'b')).toEqual({ kind: 'equal' });
  });

  test('the source changed meanwhile, and the replica has neither: nothing can be said', () => {
    expect(settle({ source: 'a', confirmed: 1 }, 'b', 'c')).toEqual(open('c', 0));
    expect(settle({ source: 'a', confirmed: 1 }, 'b', null)).toEqual(open(null, 0));
  });

  test('the source did not change and the replica has something else: differs, once it was seen twice [P13]', () => {
    expect(settle({ source: 'a', confirmed: 0 }, 'b', 'a')).toEqual(open('a', 1));
    expect(settle({ source: 'a', confirmed: 1 }, 'b', 'a')).toEqual({ kind: 'differs' });
    expect(settle({ source: 'a', confirmed: 1 }, null, 'a')).toEqual({ kind: 'differs' });
    expect(settle({ source: null, confirmed: 1 }, 'b', null)).toEqual({ kind: 'differs' });
  });

  test('what is open goes on from what the source has now', () => {
    const first = settle({ source: 'a', confirmed: 0 }, 'x', 'b');
    expect(first).toEqual(open('b', 0));
    expect(settle({ source: 'b', confirmed: 0 }, 'b', 'c')).toEqual({ kind: 'equal' });
  });
});

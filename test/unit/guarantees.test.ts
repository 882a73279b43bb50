import { describe, expect, test } from '@jest/globals';
import { guarantees, malformedTags, promiseTests } from '../support/promise-tests.js';
import { readRepositoryFile } from '../support/repository.js';

describe('docs/guarantees.md', () => {
  const ids = guarantees().map(({ id }) => id);
  const numbers = (kind: string): number[] =>
    ids
      .filter((id) => id.startsWith(kind))
      .map((id) => Number(id.slice(1)))
      .sort((a, b) => a - b);

  test('has every promise once, numbered without a gap, and every trap', () => {
    expect(numbers('P')).toEqual(Array.from({ length: 44 }, (_, i) => i + 1));
    expect(numbers('T')).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  test('every promise says how it is kept', () => {
    const sections = readRepositoryFile('docs/guarantees.md').split(/^##+ /m);
    const without = sections.filter((text) => /^P\d+: /.test(text) && !/^\*How:\* /m.test(text));
    expect(without).toEqual([]);
  });

  test('every promise and every trap has a test', () => {
    const kept = new Set(promiseTests().flatMap((tagged) => tagged.ids));
    expect(ids.filter((id) => !kept.has(id))).toEqual([]);
  });

  test('every tag in a title names a promise or a trap', () => {
    const astray = promiseTests().flatMap(({ file, title, ids: tags }) =>
      tags.filter((id) => !ids.includes(id)).map((id) => `${file}: ${title} [${id}]`),
    );
    expect(astray).toEqual([]);
    expect(malformedTags()).toEqual([]);
  });
});

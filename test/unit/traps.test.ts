import { expect, test } from '@jest/globals';
import { readRepositoryFile } from '../support/repository.js';

const traps = Array.from({ length: 20 }, (_, i) => i + 1);

/** The tests that the matrix names for a trap, as `[file, title]`. */
function namedFor(trap: number): [file: string, title: string][] {
  const row =
    new RegExp(`^\\| T${trap} \\|.*$`, 'm').exec(readRepositoryFile('docs/guarantees.md'))?.[0] ?? '';
  return [...row.matchAll(/`(test\/[^`]+)` › ([^<|]+?)(?= *(?:<br>|\|))/g)].map((match) => [
    match[1] ?? '',
    match[2] ?? '',
  ]);
}

test.each(traps)('trap %d has a test whose name says so, in the matrix of docs/guarantees.md', (trap) => {
  const sayingSo = namedFor(trap).filter(([, title]) => title.includes(`trap ${trap}:`));
  expect(sayingSo.length).toBeGreaterThan(0);
  for (const [file, title] of sayingSo) expect(readRepositoryFile(file)).toContain(title);
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { readRepositoryFile, repositoryFolder } from './repository.js';

/** Expects that a generated file of the repository is current; `npm run docs` runs the same tests and writes the files. */
export function expectGenerated(path: string, text: string): void {
  if (process.env['TAILRACE_WRITE_DOCS'] === '1') writeFileSync(join(repositoryFolder, path), text);
  expect(readRepositoryFile(path)).toBe(text);
}

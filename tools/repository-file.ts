import { existsSync } from 'node:fs';

/** Tools run from build/tools, their tests from tools: the repository is the first folder above both that holds `.ci/run`. */
function repositoryFolder(): URL {
  let folder = new URL('./', import.meta.url);
  while (!existsSync(new URL('.ci/run', folder))) {
    const parent = new URL('../', folder);
    if (parent.href === folder.href) throw new Error('this is not in a clone of the repository');
    folder = parent;
  }
  return folder;
}

/** A file or folder of the repository, by its path from the root: `docs/bench/`. */
export function repositoryFile(path: string): URL {
  return new URL(path, repositoryFolder());
}

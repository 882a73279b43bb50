import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const repositoryFolder = fileURLToPath(new URL('../../', import.meta.url));

/** Made, fetched or kept by tools; nothing in them is written by hand. In a worktree, `.git` is a file. */
const passedOver = new Set(['node_modules', 'dist', 'build', 'coverage', '.git']);

/** Every file of the repository, or of a folder of it, as paths from its root with `/`. */
export function repositoryFiles(folder = ''): string[] {
  return readdirSync(new URL(folder === '' ? './' : `${folder}/`, new URL('../../', import.meta.url)), {
    withFileTypes: true,
  }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (passedOver.has(entry.name)) return [];
    if (entry.isDirectory()) return repositoryFiles(path);
    return entry.isFile() ? [path] : [];
  });
}

export function readRepositoryFile(path: string): string {
  return readFileSync(new URL(path, new URL('../../', import.meta.url)), 'utf8');
}

import { readRepositoryFile } from './repository.js';

/** The code blocks of a language in a page of docs/consumers. */
export function codeBlocks(page: string, language: string): string[] {
  const text = readRepositoryFile(`docs/consumers/${page}`);
  return [...text.matchAll(/^```(\S+)\n([^]*?)^```$/gm)].flatMap(([, name, block = '']) =>
    name === language ? [block] : [],
  );
}

/** The only one. */
export function codeBlock(page: string, language: string): string {
  const [block, ...others] = codeBlocks(page, language);
  if (block === undefined || others.length > 0)
    throw new Error(
      `${page} has not one block of ${language}, but ${others.length + (block === undefined ? 0 : 1)}`,
    );
  return block;
}

/** Puts what a test has in place of what a page shows. Each must be there; what replaces one is not replaced again. */
export function replaced(text: string, replacements: Readonly<Record<string, string>>): string {
  const shown = Object.keys(replacements);
  const missing = shown.filter((part) => !text.includes(part));
  if (missing.length > 0) throw new Error(`the page does not show ${missing.join(', ')}`);
  // The longest first, so that no address is taken for the beginning of another.
  const pattern = shown
    .sort((a, b) => b.length - a.length)
    .map((part) => part.replaceAll(/[^\w]/g, '\\$&'))
    .join('|');
  return text.replaceAll(new RegExp(pattern, 'g'), (part) => replacements[part] ?? part);
}

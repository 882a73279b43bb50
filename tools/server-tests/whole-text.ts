import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { includedFiles } from './pass-over.js';

const filesMax = 200;
/** The workspace has its own in their place. */
const replaced = 'include/rpl/';

/** The text of a test file and of all that it includes, read below `folder`; what cannot be read is left out. */
export async function readWholeText(folder: string, file: string): Promise<string> {
  const seen = new Set([file]);
  const texts: string[] = [];
  // Grows while it is walked.
  for (const name of seen) {
    const text = await readFile(path.join(folder, name), 'latin1').catch(() => '');
    texts.push(text);
    for (const included of includedFiles(text)) {
      if (seen.size < filesMax && !included.startsWith(replaced)) seen.add(included);
    }
  }
  return texts.join('\n');
}

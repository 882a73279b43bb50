import { readRepositoryFile } from './repository.js';

/** What stands for the password in the page. */
export const documentedPassword = 'Documented-1';

/**
 * The statements of docs/operations.md that create tailrace's account on the source and on the replica, as they stand there; without
 * those that are only for special cases.
 */
export function documentedAccount(): {
  readonly source: readonly string[];
  readonly replica: readonly string[];
} {
  const page = readRepositoryFile('docs/operations.md');
  const section = /\n## Privileges\n([^]*?)\n## /.exec(page)?.[1] ?? '';
  const [source, replica] = [...section.matchAll(/```sql\n([^]*?)```/g)].map(([, block = '']) =>
    statements(block),
  );
  if (source === undefined || replica === undefined) throw new Error('the page shows no statements');
  return { source, replica };
}

function statements(block: string): string[] {
  const kept = block.split('\n').filter((line) => !/--\s*only (if|for)\b/.test(line));
  return kept
    .map((line) => line.replace(/\s*--.*$/, ''))
    .join('\n')
    .replaceAll('…', documentedPassword)
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

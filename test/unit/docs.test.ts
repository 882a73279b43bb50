import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { linkDefaults } from '../../src/config/link-defaults.js';
import { linkStates } from '../../src/link/link-state.js';
import { readRepositoryFile, repositoryFiles, repositoryFolder } from '../support/repository.js';

const pages = repositoryFiles().filter((path) => path.endsWith('.md'));

test('every file that a page links to exists', () => {
  const broken = pages.flatMap((page) => {
    const targets = [
      ...readRepositoryFile(page).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g),
    ];
    return (
      targets
        .map((match) => posix.join(posix.dirname(page), match[1] ?? ''))
        .filter((path) => !existsSync(join(repositoryFolder, path)))
        // Written by the bench, when somebody lets it.
        .filter((path) => !/^docs\/bench\/results\.(md|svg|json)$/.test(path))
        .map((path) => `${page}: ${path}`)
    );
  });
  expect(broken).toEqual([]);
});

test('every heading that a page links to exists', () => {
  const broken = pages.flatMap((page) =>
    [...readRepositoryFile(page).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)]+)\)/g)]
      .filter((match) => {
        const target = match[1] === '' ? page : posix.join(posix.dirname(page), match[1] ?? '');
        const headings = [...readRepositoryFile(target).matchAll(/^#+ (.+)$/gm)].map((heading) =>
          slug(heading[1] ?? ''),
        );
        return !headings.includes(match[2] ?? '');
      })
      .map((match) => `${page}: #${match[2]}`),
  );
  expect(broken).toEqual([]);
});

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(/\s/g, '-');
}

describe('docs/operations.md', () => {
  const text = readRepositoryFile('docs/operations.md');

  test('grants every privilege that preflight asks for', () => {
    const preflight = readRepositoryFile('src/preflight/check-privileges.ts');
    const needed = [...preflight.matchAll(/need\(\s*'([A-Z_ ]+)'/g)].map((match) => match[1] ?? '');
    const definitions = /definitionPrivileges = \[([^\]]+)\]/.exec(preflight)?.[1] ?? '';
    needed.push(...[...definitions.matchAll(/'([A-Z ]+)'/g)].map((match) => match[1] ?? ''));
    expect(needed.length).toBeGreaterThan(20);
    expect(needed.filter((privilege) => !new RegExp(`\\b${privilege}\\b`).test(text))).toEqual([]);
  });
});

test('defaults are the same wherever they are told', () => {
  const { lanes, partition, budgetMib, epochRowsMax, epochMibMax, onConflict, statements } = linkDefaults;
  const rows = epochRowsMax.toLocaleString('en-US');
  const told: Readonly<Record<string, readonly string[]>> = {
    'docs/architecture.md': [
      `\`budget_mib\` (${budgetMib})`,
      `\`epoch_mib_max\` (${epochMibMax})`,
      `\`epoch_rows_max\` (${rows})`,
    ],
    'config/tailrace.example.yaml': [
      `# lanes: ${lanes}\n`,
      `# partition: ${partition}\n`,
      `# budget_mib: ${budgetMib}\n`,
      `# epoch_rows_max: ${epochRowsMax}\n`,
      `# epoch_mib_max: ${epochMibMax}\n`,
      `# on_conflict: ${onConflict}\n`,
      `# statements: ${statements}\n`,
    ],
  };
  const missing = Object.entries(told).flatMap(([page, texts]) =>
    texts.filter((text) => !readRepositoryFile(page).includes(text)).map((text) => `${page}: ${text}`),
  );
  expect(missing).toEqual([]);
});

test('docs/decisions lists every decision', () => {
  const list = readRepositoryFile('docs/decisions/README.md');
  const decisions = repositoryFiles('docs/decisions').filter((path) => /\/\d{4}-/.test(path));
  expect(decisions.length).toBeGreaterThan(0);
  for (const path of decisions) {
    const [, number] = /\/(\d{4})-/.exec(path) ?? [];
    expect(list).toContain(`[${number}](${posix.basename(path)})`);
    expect(readRepositoryFile(path)).toMatch(new RegExp(`^# ${number}: `));
  }
});

test('docs/architecture.md tells of every state of a link', () => {
  const text = readRepositoryFile('docs/architecture.md');
  expect(linkStates.filter((state) => !text.includes(`| \`${state}\` |`))).toEqual([]);
});

test.each(['src', 'tools'])('every folder of %s says what it is for', (root) => {
  const folders = new Set(
    repositoryFiles(root)
      .map((path) => path.split('/'))
      .filter((parts) => parts.length > 2)
      .map(([, folder]) => folder ?? ''),
  );
  folders.delete('bench'); // docs/bench/README.md
  expect(
    [...folders].filter((folder) => !existsSync(join(repositoryFolder, root, folder, 'README.md'))),
  ).toEqual([]);
});

test('pictures follow the reader’s light or dark page, and only draw', () => {
  const pictures = repositoryFiles('docs').filter((path) => path.endsWith('.svg'));
  expect(pictures).toEqual(expect.arrayContaining(['docs/lag.svg', 'docs/pipeline.svg']));
  for (const path of pictures) {
    const picture = readRepositoryFile(path);
    expect(picture).toContain('prefers-color-scheme: dark');
    expect(picture).toMatch(/^<svg [^>]*viewBox="/);
    expect(picture).not.toMatch(/<script|<image|href=|@import|url\((?!#)/);
  }
});

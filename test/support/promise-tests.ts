import { readRepositoryFile, repositoryFiles } from './repository.js';

export interface PromiseTest {
  readonly file: string;
  /** As the file has it, without the tag: titles of `test.each` keep their placeholders. */
  readonly title: string;
  /** `P3`, `T12`: headings and trap rows of docs/guarantees.md. */
  readonly ids: readonly string[];
}

export interface GuaranteeName {
  readonly id: string;
  readonly name: string;
}

/** A title is a string literal that ends with its tag: `'is level again [P1, T10]'`. */
const taggedTitle = /(['"`])((?:(?!\1)[^\\\n]|\\.)*?) \[((?:[PT]\d+)(?:, [PT]\d+)*)\]\1/g;

/** Files whose text has tags as examples. */
const passedOver = ['test/support/promise-tests.ts', 'test/unit/guarantees.test.ts'];

function testFiles(): string[] {
  return repositoryFiles('test').filter((path) => path.endsWith('.ts') && !passedOver.includes(path));
}

/** Every test and every group of tests whose title carries a tag, by file and in the file's order. */
export function promiseTests(): PromiseTest[] {
  return testFiles()
    .sort()
    .flatMap((file) =>
      [...readRepositoryFile(file).matchAll(taggedTitle)].map((match) => ({
        file,
        title: (match[2] ?? '').replaceAll(/\\(['"`])/g, '$1'),
        ids: (match[3] ?? '').split(', '),
      })),
    );
}

/** Texts that look like a tag and are none: `path: [P3,T1]`. */
export function malformedTags(): string[] {
  return testFiles().flatMap((file) => {
    const text = readRepositoryFile(file).replaceAll(taggedTitle, '');
    return [...text.matchAll(/\[[PT]\d[^\]\n]*\]/g)].map((match) => `${file}: ${match[0]}`);
  });
}

/** Promises and traps in the page's order. */
export function guarantees(): GuaranteeName[] {
  const text = readRepositoryFile('docs/guarantees.md');
  return [...text.matchAll(/^### (P\d+): (.+)$|^\| (T\d+) \| ([^|]+) \|/gm)].map((match) => ({
    id: match[1] ?? match[3] ?? '',
    name: (match[2] ?? match[4] ?? '').replace(/\.$/, ''),
  }));
}

/** Text of docs/guarantees-tests.md. */
export function promiseTestsPage(): string {
  const tests = promiseTests();
  const sections = guarantees().map(({ id, name }) => {
    const own = tests.filter(({ ids }) => ids.includes(id));
    const files = [...new Set(own.map(({ file }) => file))];
    const lists = files.map((file) => {
      const titles = own
        .filter((test) => test.file === file)
        .map(({ title }) => `  - ${forMarkdown(title)}\n`);
      return `- \`${file}\`\n${titles.join('')}`;
    });
    return `## ${id}${id.startsWith('P') ? `: ${name}` : ''}\n\n${lists.join('')}`;
  });
  return `# Tests by promise

Generated from the tags in the titles of tests: do not edit. \`npm run docs\` writes this page. The promises are in
[guarantees.md](guarantees.md). Tests under \`test/support\` are shared by several test files. \`%s\` and \`$name\` are the
cases of a test.

${sections.join('\n')}`;
}

function forMarkdown(title: string): string {
  return title.replaceAll(/[<>*_|[\]\\`]/g, '\\$&');
}

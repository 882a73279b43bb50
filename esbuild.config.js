// Run by `npm run build:program`: makes dist/cli of src/cli/main.ts, the program with all the packages that it needs. One file for
// each command and for what several of them share, so that a command loads what it needs from few files: files are found and compiled one by
// one, and a program of 700 files takes half a second to start. Nothing is minified: stacks and files can be read.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';

/** For yargs, which measures help texts: see there. cli-progress asks for another version, in CommonJS, and gets it. */
const narrowWidth = {
  name: 'narrow-width',
  setup({ onResolve }) {
    onResolve({ filter: /^string-width$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: resolve('src/cli/narrow-width.ts') } : undefined,
    );
  },
};

const { metafile } = await build({
  entryPoints: ['src/cli/main.ts'],
  outdir: 'dist/cli',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  chunkNames: '[name]-[hash]',
  // Optional, and only of use where it is installed.
  external: ['testcontainers'],
  // Packages in CommonJS ask for Node's own modules so.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
  plugins: [narrowWidth],
  metafile: true,
  logLevel: 'warning',
});

writeFileSync('dist/cli/licenses.txt', licenses(Object.keys(metafile.inputs)));

/** The licences of the packages that are part of the program, as each of them asks for. */
function licenses(inputs) {
  const folders = new Set(
    inputs.map((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]).filter(Boolean),
  );
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
      const files = readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file));
      const texts = files.map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim());
      return [`${name} ${version} (${license})`, ...texts].join('\n\n');
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n');
}

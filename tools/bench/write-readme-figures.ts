import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { BenchResults } from './bench-results.js';
import { withFigures } from './readme-figures.js';
import { repositoryFile } from '../repository-file.js';

// Run as `node build/tools/bench/write-readme-figures.js` after `npm run bench -- --write-docs`.
const readme = repositoryFile('README.md');
const file = repositoryFile('docs/bench/results.json');
const results = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BenchResults) : null;
writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), results));

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { BenchResults } from './bench-results.js';
import { withFigures } from './readme-figures.js';

// Run as `node dist/bench/write-readme-figures.js` after `npm run bench -- --write-docs`.
const readme = new URL('../../README.md', import.meta.url);
const file = new URL('../../docs/bench/results.json', import.meta.url);
const results = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BenchResults) : null;
writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), results));

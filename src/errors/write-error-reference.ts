import { writeFileSync } from 'node:fs';
import { errorReference } from './error-reference.js';

// Run as `node dist/errors/write-error-reference.js` after a change of the error catalogue.
writeFileSync(new URL('../../docs/errors.md', import.meta.url), errorReference());

import { writeFileSync } from 'node:fs';
import { configJsonSchema } from './config-json-schema.js';

// Run as `node dist/config/write-json-schema.js` after a change of the configuration's schema.
writeFileSync(new URL('../../config/tailrace.schema.json', import.meta.url), configJsonSchema());

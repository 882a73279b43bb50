import { test } from '@jest/globals';
import { configJsonSchema } from '../../tools/reference/config-json-schema.js';
import { settingsReference } from '../../tools/reference/settings-reference.js';
import { errorReference } from '../../tools/reference/error-reference.js';
import { expectGenerated } from '../support/generated-page.js';
import { promiseTestsPage } from '../support/promise-tests.js';

// If one fails: npm run docs
test.each([
  ['docs/errors.md', 'the error catalogue gives', errorReference],
  ['docs/settings.md', 'the schema of the configuration gives', settingsReference],
  ['config/tailrace.schema.json', 'the schema of the configuration gives', configJsonSchema],
  ['docs/guarantees-tests.md', 'the tags in the titles of tests give', promiseTestsPage],
] as const)('%s is what %s', (path, _origin, generate) => {
  expectGenerated(path, generate());
});

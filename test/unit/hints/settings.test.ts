import { expect, test } from '@jest/globals';
import { hintDefaults } from '../../../src/hints/hint-settings.js';
import { replicaStates } from '../../../src/hints/hints.js';
import { readRepositoryFile } from '../../support/repository.js';

const page = readRepositoryFile('docs/lag-and-hints.md');

test('docs/lag-and-hints.md names every state', () => {
  expect(replicaStates.filter((state) => !page.includes(`| \`${state}\` |`))).toEqual([]);
});

test('the thresholds to leave a state are below those to enter it', () => {
  expect(hintDefaults.degradeUntilMs).toBeLessThan(hintDefaults.degradeAboveMs);
  expect(hintDefaults.ejectUntilMs).toBeLessThan(hintDefaults.ejectAboveMs);
  expect(hintDefaults.degradeAboveMs).toBeLessThan(hintDefaults.ejectUntilMs);
  expect(hintDefaults.flapReuse).toBeLessThan(hintDefaults.flapSuppress);
});

import { expect, test } from '@jest/globals';
import { settingName } from '../../../src/config/setting-name.js';
import { hintDefaults } from '../../../src/hints/hint-settings.js';
import { replicaStates } from '../../../src/hints/hints.js';
import { readRepositoryFile } from '../../support/repository.js';

const page = readRepositoryFile('docs/lag-and-hints.md');

test('docs/lag-and-hints.md names every setting with its default', () => {
  const rows = [...page.matchAll(/^\| ((?:`\w+`(?:, )?)+) \| ([^|]+) \|/gm)];
  const told = rows.flatMap((row) => {
    const names = [...(row[1] ?? '').matchAll(/`(\w+)`/g)].map((name) => name[1] ?? '');
    const values = (row[2] ?? '').split(', ');
    return names.map((name, at) => [name, values[at]?.trim()] as const);
  });
  const { zoneDistances, ...numbers } = hintDefaults;
  const settings = Object.entries(numbers).map(
    ([name, value]) => [settingName(name), String(value)] as const,
  );
  const known = new Set(['zone_distances', ...settings.map(([name]) => name)]);
  expect(Object.fromEntries(told.filter(([name]) => known.has(name)))).toEqual({
    ...Object.fromEntries(settings),
    zone_distances: Object.keys(zoneDistances).length === 0 ? 'none' : 'some',
  });
});

test('docs/lag-and-hints.md names every state', () => {
  expect(replicaStates.filter((state) => !page.includes(`| \`${state}\` |`))).toEqual([]);
});

test('the thresholds to leave a state are below those to enter it', () => {
  expect(hintDefaults.degradeUntilMs).toBeLessThan(hintDefaults.degradeAboveMs);
  expect(hintDefaults.ejectUntilMs).toBeLessThan(hintDefaults.ejectAboveMs);
  expect(hintDefaults.degradeAboveMs).toBeLessThan(hintDefaults.ejectUntilMs);
  expect(hintDefaults.flapReuse).toBeLessThan(hintDefaults.flapSuppress);
});

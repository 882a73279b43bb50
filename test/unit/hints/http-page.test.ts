import { expect, test } from '@jest/globals';
import { configSchema } from '../../../src/config/config-schema.js';
import { replicaEndpointFields } from '../../../src/config/listen-schema.js';
import { settingName } from '../../../src/config/setting-name.js';
import { Metrics } from '../../../src/endpoint/metrics.js';
import { hintsFromJson, hintsToJson } from '../../../src/hints/hints-json.js';
import type { HintsFeed } from '../../../src/server/hints-feed.js';
import { serverLimits } from '../../../src/server/server-settings.js';
import { readRepositoryFile } from '../../support/repository.js';

const page = readRepositoryFile('docs/http.md');

test('the hints that docs/http.md shows are hints, with every field', () => {
  const [shown = ''] = [...page.matchAll(/```json\n(\{\n[^`]+)```/g)].map((match) => match[1]);
  const value: unknown = JSON.parse(shown);
  expect(hintsToJson(hintsFromJson(value))).toEqual(value);
});

test('docs/http.md tells the limits that hold', () => {
  const limitsPart = page.slice(page.indexOf('## Limits'));
  const rows = [...limitsPart.matchAll(/^\| [^|]+ \| ((?:`\w+`(?:, )?)+) \| ([^|]+) \|$/gm)];
  const told = rows.flatMap((row) => {
    const names = [...(row[1] ?? '').matchAll(/`(\w+)`/g)].map((name) => name[1] ?? '');
    return names.map((name, at) => [name, Number((row[2] ?? '').split(', ')[at])] as const);
  });
  const limits = Object.entries(serverLimits).map(([name, value]) => [settingName(name), value] as const);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(limits));
});

test('docs/http.md names every setting of the endpoint', () => {
  const { listen, heartbeat } = configSchema.shape;
  const names = [
    ...Object.keys(listen.unwrap().shape),
    ...Object.keys(heartbeat.unwrap().shape),
    ...Object.keys(replicaEndpointFields),
  ];
  expect(names.filter((name) => !new RegExp(`^\\| [^|]*\`${name}\``, 'm').test(page))).toEqual([]);
});

test('docs/http.md names every metric, and no other', async () => {
  const nobody: HintsFeed = { current: () => null, subscribe: () => () => undefined };
  const text = await new Metrics([], nobody).text();
  const exposed = [...text.matchAll(/^# TYPE (\w+) /gm)].map((match) => match[1]);
  const named = [...page.matchAll(/`((?:tailrace|process)_\w+)`/g)].map((match) => match[1]);
  expect([...new Set(named)].sort()).toEqual(exposed.sort());
});

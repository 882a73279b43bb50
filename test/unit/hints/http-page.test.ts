import { expect, test } from '@jest/globals';
import { Metrics } from '../../../src/endpoint/metrics.js';
import { hintsFromJson, hintsToJson } from '../../../src/hints/hints-json.js';
import type { HintsFeed } from '../../../src/server/hints-feed.js';
import { readRepositoryFile } from '../../support/repository.js';

const page = readRepositoryFile('docs/http.md');

test('the hints that docs/http.md shows are hints, with every field', () => {
  const [shown = ''] = [...page.matchAll(/```json\n(\{\n[^`]+)```/g)].map((match) => match[1]);
  const value: unknown = JSON.parse(shown);
  expect(hintsToJson(hintsFromJson(value))).toEqual(value);
});

test('docs/http.md names every metric, and no other', async () => {
  const nobody: HintsFeed = { current: () => null, subscribe: () => () => undefined };
  const text = await new Metrics([], nobody).text();
  const exposed = [...text.matchAll(/^# TYPE (\w+) /gm)].map((match) => match[1]);
  const named = [...page.matchAll(/`((?:tailrace|process)_\w+)`/g)].map((match) => match[1]);
  expect([...new Set(named)].sort()).toEqual(exposed.sort());
});

import { expect, test } from '@jest/globals';
import { hintsFromJson, hintsToJson } from '../../src/hints/hints-json.js';
import { serverDefaults } from '../../src/server/server-settings.js';
import { readRepositoryFile } from '../support/repository.js';

const page = readRepositoryFile('docs/http.md');

test('the hints that docs/http.md shows are hints, with every field', () => {
  const [shown = ''] = [...page.matchAll(/```json\n(\{\n[^`]+)```/g)].map((match) => match[1]);
  const value: unknown = JSON.parse(shown);
  expect(hintsToJson(hintsFromJson(value))).toEqual(value);
});

test('docs/http.md tells the limits that hold', () => {
  const { connectionsMax, headerBytesMax, bodyBytesMax, requestMsMax } = serverDefaults;
  const { pollsMax, streamsMax, waitsMax, holdMsMax } = serverDefaults;
  const number = (value: number): string => value.toLocaleString('en-US');
  const told = [...page.matchAll(/^\| (?:connections|header|a request|long polls)[^|]*\| ([^|]+) \|$/gm)].map(
    (match) => match[1],
  );
  expect(told).toEqual([
    number(connectionsMax),
    `${headerBytesMax / 1_024} KiB, ${bodyBytesMax / 1_024} KiB`,
    `${requestMsMax / 1_000} s`,
    [pollsMax, streamsMax, waitsMax].map(number).join(', '),
    `${holdMsMax / 1_000} s`,
  ]);
});

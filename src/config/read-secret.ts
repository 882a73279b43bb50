import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigPath } from './config-mistake.js';
import type { Surroundings } from './surroundings.js';

/** Where a secret may be kept, and where its mistakes are told. */
export interface SecretPlace {
  /** What it is, in messages: `password`, `token`. */
  readonly word: string;
  /** The settings that name a file, and an environment variable. */
  readonly fileSetting: string;
  readonly variableSetting: string;
  readonly path: ConfigPath;
  readonly surroundings: Surroundings;
  readonly report: (path: ConfigPath, message: string) => void;
}

/** What a configuration names; `elsewhere` are other ways in which it was given, for the message. */
export interface SecretGiven {
  readonly file: string | undefined;
  readonly variable: string | undefined;
  readonly elsewhere?: string;
}

/** The secret; undefined: no place is named here; null: a mistake was reported. */
export function readSecret(given: SecretGiven, place: SecretPlace): string | null | undefined {
  const { word, fileSetting, variableSetting, path, report, surroundings } = place;
  const ways = [
    given.elsewhere,
    given.file === undefined ? undefined : fileSetting,
    given.variable === undefined ? undefined : variableSetting,
  ].filter((way) => way !== undefined);
  if (ways.length > 1) {
    const setting = given.file === undefined ? variableSetting : fileSetting;
    report([...path, setting], `the ${word} is given by ${ways.join(' and ')}; give it once`);
    return null;
  }
  if (given.file !== undefined) return readFirstLine(given.file, place);
  if (given.variable === undefined) return undefined;
  const value = surroundings.env[given.variable];
  if (value === undefined) report([...path, variableSetting], 'no such environment variable is set');
  return value ?? null;
}

function readFirstLine(
  file: string,
  { path, fileSetting, report, surroundings }: SecretPlace,
): string | null {
  try {
    const [firstLine = ''] = readFileSync(resolve(surroundings.folder, file), 'utf8').split(/\r?\n/, 1);
    if (firstLine === '') report([...path, fileSetting], 'the first line of that file is empty');
    return firstLine;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    report([...path, fileSetting], `that file cannot be read (${code})`);
    return null;
  }
}

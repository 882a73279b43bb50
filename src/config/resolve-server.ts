import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TailraceError } from '../errors/tailrace-error.js';
import type { ServerAddress } from '../mysql/server-address.js';
import type { ConfigPath } from './config-mistake.js';
import type { ServerConfig } from './config-schema.js';
import { parseServerUrl } from './server-url.js';

/** What a configuration may refer to outside of itself. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder at which relative paths start. */
  readonly folder: string;
}

export interface ServerPlace {
  readonly path: ConfigPath;
  /** `TAILRACE_SOURCE`: then `TAILRACE_SOURCE_URL` and `TAILRACE_SOURCE_PASSWORD` are looked at. */
  readonly envPrefix: string;
  /** Whether the environment may give the URL. */
  readonly urlFromEnv: boolean;
  readonly surroundings: Surroundings;
  readonly report: (path: ConfigPath, message: string) => void;
}

/** Address of one server, its password from where it is kept; null when a mistake was reported. */
export function resolveServer(config: ServerConfig, place: ServerPlace): ServerAddress | null {
  const { path, envPrefix, report, surroundings } = place;
  const variable = `${envPrefix}_URL`;
  const text = config.url ?? (place.urlFromEnv ? surroundings.env[variable] : undefined);
  if (text === undefined || text === '') {
    report([...path, 'url'], place.urlFromEnv ? `is missing; give it here or in ${variable}` : 'is missing');
    return null;
  }
  try {
    const address = parseServerUrl(text);
    if (config.tls !== undefined && address.tls !== undefined) {
      report([...path, 'tls'], 'is given here and in the URL; give it once');
    }
    const password = resolvePassword(config, address.password, place);
    if (password === null) return null;
    return { ...address, password, ...(config.tls === undefined ? {} : { tls: config.tls }) };
  } catch (error) {
    if (!(error instanceof TailraceError)) throw error;
    report(
      [...path, 'url'],
      config.url === undefined ? `${variable}: ${error.why}` : (error.why ?? error.what),
    );
    return null;
  }
}

function resolvePassword(config: ServerConfig, inUrl: string, place: ServerPlace): string | null {
  const { path, report, surroundings } = place;
  const given = [
    inUrl === '' ? null : 'the URL',
    config.password_file === undefined ? null : 'password_file',
    config.password_env === undefined ? null : 'password_env',
  ].filter((way) => way !== null);
  if (given.length > 1) {
    const key = config.password_file === undefined ? 'password_env' : 'password_file';
    report([...path, key], `the password is given by ${given.join(' and ')}; give it once`);
    return null;
  }
  if (config.password_file !== undefined) return readPasswordFile(config.password_file, place);
  if (config.password_env !== undefined) {
    const password = surroundings.env[config.password_env];
    if (password === undefined) report([...path, 'password_env'], 'no such environment variable is set');
    return password ?? null;
  }
  return inUrl === '' ? (surroundings.env[`${place.envPrefix}_PASSWORD`] ?? '') : inUrl;
}

function readPasswordFile(file: string, { path, report, surroundings }: ServerPlace): string | null {
  try {
    const [firstLine = ''] = readFileSync(resolve(surroundings.folder, file), 'utf8').split(/\r?\n/, 1);
    if (firstLine === '') report([...path, 'password_file'], 'the first line of that file is empty');
    return firstLine;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    report([...path, 'password_file'], `that file cannot be read (${code})`);
    return null;
  }
}

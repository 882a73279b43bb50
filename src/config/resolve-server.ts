import type { ServerPlace } from './resolve-tls-files.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { ServerAddress } from '../mysql/server-address.js';
import type { ServerConfig } from './config-schema.js';
import { readSecret } from './read-secret.js';
import { resolveTlsFiles } from './resolve-tls-files.js';
import { parseServerUrl } from './server-url.js';

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
    const tls = config.tls ?? address.tls;
    const tlsFiles = resolveTlsFiles(config, tls, place);
    if (password === null || tlsFiles === null) return null;
    return {
      ...address,
      password,
      ...(tls === undefined ? {} : { tls }),
      ...(Object.keys(tlsFiles).length === 0 ? {} : { tlsFiles }),
    };
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
  const given = {
    file: config.password_file,
    variable: config.password_env,
    ...(inUrl === '' ? {} : { elsewhere: 'the URL' }),
  };
  const found = readSecret(given, {
    ...place,
    word: 'password',
    fileSetting: 'password_file',
    variableSetting: 'password_env',
  });
  if (found !== undefined) return found;
  return inUrl === '' ? (place.surroundings.env[`${place.envPrefix}_PASSWORD`] ?? '') : inUrl;
}

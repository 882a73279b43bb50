import type { ConfigPath } from './config-mistake.js';
import type { Surroundings } from './surroundings.js';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ServerAddress, ServerTlsFiles } from '../mysql/server-address.js';
import type { ServerConfig } from './config-schema.js';

export interface ServerPlace {
  readonly path: ConfigPath;
  /** `TAILRACE_SOURCE`: then `TAILRACE_SOURCE_URL` and `TAILRACE_SOURCE_PASSWORD` are looked at. */
  readonly envPrefix: string;
  /** Whether the environment may give the URL. */
  readonly urlFromEnv: boolean;
  readonly surroundings: Surroundings;
  readonly report: (path: ConfigPath, message: string) => void;
}

type Setting = 'tls_ca_file' | 'tls_certificate_file' | 'tls_key_file';

const settings: readonly (readonly [Setting, keyof ServerTlsFiles])[] = [
  ['tls_ca_file', 'ca'],
  ['tls_certificate_file', 'certificate'],
  ['tls_key_file', 'key'],
];

/** Where the files of a server's TLS are; null when a mistake was reported. No message holds a piece of a file. */
export function resolveTlsFiles(
  config: ServerConfig,
  tls: ServerAddress['tls'],
  { path, report, surroundings }: ServerPlace,
): ServerTlsFiles | null {
  const files: { -readonly [Name in keyof ServerTlsFiles]: ServerTlsFiles[Name] } = {};
  const mistakes: (readonly [Setting, string])[] = [];
  for (const [setting, name] of settings) {
    const given = config[setting];
    if (given === undefined) continue;
    files[name] = resolve(surroundings.folder, given);
    const mistake = mistakeIn(files[name], name);
    if (mistake !== null) mistakes.push([setting, mistake]);
  }
  const [first] = settings.filter(([setting]) => config[setting] !== undefined);
  if (first !== undefined && (tls === undefined || tls === 'off'))
    mistakes.push([first[0], 'needs tls: verify, required or preferred']);
  if (files.ca !== undefined && tls !== 'verify' && tls !== undefined && tls !== 'off')
    mistakes.push([
      'tls_ca_file',
      `is not used with tls: ${tls}, which trusts every certificate; set tls: verify`,
    ]);
  if ((files.certificate === undefined) !== (files.key === undefined)) {
    const there = files.certificate === undefined ? 'tls_key_file' : 'tls_certificate_file';
    mistakes.push([there, 'tls_certificate_file and tls_key_file belong together']);
  }
  for (const [setting, message] of mistakes) report([...path, setting], message);
  return mistakes.length === 0 ? files : null;
}

function mistakeIn(file: string, name: keyof ServerTlsFiles): string | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return `that file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`;
  }
  try {
    if (name === 'key') createPrivateKey(text);
    else new X509Certificate(text);
    return null;
  } catch {
    return name === 'key'
      ? 'holds no private key in PEM without a passphrase'
      : 'holds no certificate in PEM';
  }
}

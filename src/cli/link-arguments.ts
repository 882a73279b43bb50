import { type ListenOverrides, loadConfigFile } from '../config/config-file.js';
import { type ConfigMistake, type ConfigPath, formatPath } from '../config/config-mistake.js';
import { resolveConfig, type RunSettings } from '../config/resolve-config.js';
import type { TailraceError } from '../errors/tailrace-error.js';
import type { LinkSettings } from '../link/link-settings.js';
import { type Arguments, linkOptionNames } from './link-options.js';
import { listenFromArguments } from './listen-options.js';
import { serverOptions } from './server-options.js';
import { textsOf } from './text-option.js';
import { wrongCommandLine } from './wrong-command-line.js';

const repeatable = new Set(['replica', 'linked-tables']);
/** Settings of a server that name a file; its options are `--source-…` and `--replica-…`. */
const serverFileSettings = ['password_file', 'tls_ca_file', 'tls_certificate_file', 'tls_key_file'];
const ofOneReplica = ['name', 'server-id', 'from'];

/** The links that the options, or the file they name, ask for. Throws `TR_CONFIG_INVALID` with every mistake. */
export function linksFromArguments(args: Arguments, env: NodeJS.ProcessEnv): readonly LinkSettings[] {
  return settingsFromArguments(args, env).links;
}

/** The same with the lag endpoint. */
export function settingsFromArguments(args: Arguments, env: NodeJS.ProcessEnv): RunSettings {
  const listen = listenFromArguments(args);
  const given = new Map<string, readonly string[]>();
  for (const name of ['config', ...Object.keys(serverOptions), ...linkOptionNames]) {
    const values = textsOf(args[name]);
    if (values.length > 0) given.set(name, values);
  }
  const twice = [...given].filter(([name, values]) => values.length > 1 && !repeatable.has(name));
  const mistakes = twice.map(([name]) => ({ path: [name], message: 'is given more than once' }));
  const file = given.get('config')?.[0];
  if (file !== undefined) {
    for (const name of given.keys()) {
      if (name !== 'config')
        mistakes.push({ path: [name], message: 'cannot be combined with --config; set it in the file' });
    }
    if (mistakes.length > 0) throw wrongOptions(mistakes, (path) => `--${path.join('.')}`);
    const settings = loadConfigFile(file, env, listen === null ? {} : { listen });
    if (listen !== null && settings.endpoint === null)
      throw wrongCommandLine(['--listen-agent: requires --listen, or a listen group in the file']);
    return settings;
  }
  if (listen !== null && listen.address === undefined)
    throw wrongCommandLine(['--listen-agent: requires --listen']);
  return settingsFromOptions(given, listen, env, mistakes);
}

function settingsFromOptions(
  given: ReadonlyMap<string, readonly string[]>,
  listen: ListenOverrides | null,
  env: NodeJS.ProcessEnv,
  mistakes: readonly ConfigMistake[],
): RunSettings {
  const urls = given.get('replica') ?? [undefined];
  const mistakesOfMany =
    urls.length < 2
      ? []
      : ofOneReplica
          .filter((name) => given.has(name))
          .map((name) => ({ path: [name], message: 'belongs to one replica; with several, use --config' }));
  const raw = { ...rawConfig(given, urls), ...(listen !== null && { listen }) };
  const { mistakes: ofConfig, ...settings } = resolveConfig(raw, { env, folder: process.cwd() });
  const all = [...mistakes, ...mistakesOfMany, ...ofConfig];
  if (all.length > 0) throw wrongOptions(all, (path) => optionAt(path, urls.length));
  return settings;
}

/** The options in the shape of a configuration file. */
function rawConfig(
  given: ReadonlyMap<string, readonly string[]>,
  urls: readonly (string | undefined)[],
): Readonly<Record<string, unknown>> {
  const valueOf = (name: string): unknown => numberOrText(given.get(name)?.[0]);
  const shared = linkOptionNames.filter((name) => !ofOneReplica.includes(name) && name !== 'linked-tables');
  const own = urls.length === 1 ? ofOneReplica : [];
  return {
    source: present({ url: given.get('source')?.[0], ...serverFiles('source', given) }),
    link: present({
      ...Object.fromEntries(shared.map((name) => [settingOf(name), valueOf(name)])),
      linked_tables: given.get('linked-tables')?.map((list) => list.split(',').map((table) => table.trim())),
    }),
    replicas: urls.map((url) =>
      present({
        url,
        ...serverFiles('replica', given),
        ...Object.fromEntries(own.map((name) => [settingOf(name), ownValue(name, given)])),
      }),
    ),
  };
}

function serverFiles(
  server: 'source' | 'replica',
  given: ReadonlyMap<string, readonly string[]>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    serverFileSettings.map((name) => [name, given.get(`${server}-${name.replaceAll('_', '-')}`)?.[0]]),
  );
}

/** A name stays a text even when it is made of digits. */
function ownValue(name: string, given: ReadonlyMap<string, readonly string[]>): unknown {
  const value = given.get(name)?.[0];
  return name === 'server-id' ? numberOrText(value) : value;
}

/** The option that a setting of the configuration came from. */
function optionAt(path: ConfigPath, replicas: number): string {
  const [group, second, third] = path;
  if (path.length === 1) return `--${String(group)}`;
  if (group === 'link') return `--${String(second).replaceAll('_', '-')}`;
  const setting = group === 'source' ? second : third;
  const server = group === 'source' ? 'source' : 'replica';
  const which = server === 'replica' && replicas > 1 ? ` (number ${Number(second) + 1})` : '';
  if (setting === 'url') return `--${server}${which}`;
  if (serverFileSettings.some((name) => name === setting))
    return `--${server}-${String(setting).replaceAll('_', '-')}${which}`;
  if (setting === 'name' || setting === 'server_id' || setting === 'from')
    return `--${setting.replaceAll('_', '-')}${which}`;
  return formatPath(path);
}

function wrongOptions(
  mistakes: readonly ConfigMistake[],
  optionOf: (path: ConfigPath) => string,
): TailraceError {
  return wrongCommandLine(mistakes.map(({ path, message }) => `${optionOf(path)}: ${message}`));
}

function settingOf(option: string): string {
  return option.replaceAll('-', '_');
}

function present(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function numberOrText(value: string | undefined): unknown {
  return value !== undefined && /^-?\d{1,15}(\.\d+)?$/.test(value) ? Number(value) : value;
}

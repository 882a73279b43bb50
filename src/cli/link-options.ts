import type { Argv, Options } from 'yargs';
import { loadConfigFile } from '../config/config-file.js';
import { configInvalid, type ConfigMistake, type ConfigPath, formatPath } from '../config/config-mistake.js';
import { linkDefaults } from '../config/link-defaults.js';
import { resolveConfig } from '../config/resolve-config.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { LinkSettings } from '../link/link-settings.js';

/** The arguments of a command, as yargs gives them. */
export type Arguments = Readonly<Record<string, unknown>>;

/** Every option takes a text: what it must be is said in one place, src/config, for options and files alike. */
const text = (describe: string, group: string): Options => ({
  type: 'string',
  requiresArg: true,
  group,
  describe,
});

const servers = 'Servers:';
const tuning = 'Link:';

const serverOptions = {
  source: text('source, as mysql://user:password@host:port; or TAILRACE_SOURCE_URL', servers),
  replica: text('replica; or TAILRACE_REPLICA_URL', servers),
  'source-password-file': text('file with the password of the source; or TAILRACE_SOURCE_PASSWORD', servers),
  'replica-password-file': text(
    'file with the password of the replica; or TAILRACE_REPLICA_PASSWORD',
    servers,
  ),
};

const linkOptions = {
  lanes: text(`replica connections that apply side by side [default: ${linkDefaults.lanes}]`, tuning),
  partition: text(
    `who goes to which lane: schema, table, row or auto [default: ${linkDefaults.partition}]`,
    tuning,
  ),
  'budget-mib': text(`MiB of events held in memory [default: ${linkDefaults.budgetMib}]`, tuning),
  'epoch-rows-max': text(
    `rows after which an epoch is closed [default: ${linkDefaults.epochRowsMax}]`,
    tuning,
  ),
  'epoch-mib-max': text(`MiB after which an epoch is closed [default: ${linkDefaults.epochMibMax}]`, tuning),
  'on-conflict': text(
    `a change does not fit the replica: stop, overwrite or skip [default: ${linkDefaults.onConflict}]`,
    tuning,
  ),
  'linked-tables': text('schema.table,schema.table: tables that must change together; repeatable', tuning),
  name: text("name of the link in the checkpoint [default: the replica's host:port]", tuning),
  'server-id': text('server_id under which the source is read [default: from the name]', tuning),
  from: text('FILE:POSITION to start at when nothing else tells', tuning),
};

const repeatable = new Set(['replica', 'linked-tables']);
const linkNames = Object.keys(linkOptions);
const ofOneReplica = ['name', 'server-id', 'from'];

/** Adds what names and tunes links; with `config`, also `--config FILE` and more than one `--replica`. */
export function addLinkOptions(parser: Argv, { config }: { readonly config: boolean }): Argv {
  const configOption = { config: text('configuration file, instead of the options below', servers) };
  return parser.options({ ...(config ? configOption : {}), ...serverOptions, ...linkOptions });
}

/** The links that the options, or the file they name, ask for. Throws `TR_CONFIG_INVALID` with every mistake. */
export function linksFromArguments(args: Arguments, env: NodeJS.ProcessEnv): readonly LinkSettings[] {
  const given = new Map<string, readonly string[]>();
  for (const name of ['config', ...Object.keys(serverOptions), ...linkNames]) {
    const values = textsOf(args[name]);
    if (values.length > 0) given.set(name, values);
  }
  const twice = [...given].filter(([name, values]) => values.length > 1 && !repeatable.has(name));
  const mistakes = twice.map(([name]) => ({ path: [name], message: 'is given more than once' }));
  const file = given.get('config')?.[0];
  if (file !== undefined) {
    for (const name of given.keys()) {
      if (name !== 'config')
        mistakes.push({ path: [name], message: 'cannot stand beside --config; set it in the file' });
    }
    if (mistakes.length > 0) throw wrongOptions(mistakes, (path) => `--${path.join('.')}`);
    return loadConfigFile(file, env);
  }
  return linksFromOptions(given, env, mistakes);
}

function linksFromOptions(
  given: ReadonlyMap<string, readonly string[]>,
  env: NodeJS.ProcessEnv,
  mistakes: readonly ConfigMistake[],
): readonly LinkSettings[] {
  const urls = given.get('replica') ?? [undefined];
  const mistakesOfMany =
    urls.length < 2
      ? []
      : ofOneReplica
          .filter((name) => given.has(name))
          .map((name) => ({ path: [name], message: 'belongs to one replica; with several, use --config' }));
  const { links, mistakes: ofConfig } = resolveConfig(rawConfig(given, urls), { env, folder: process.cwd() });
  const all = [...mistakes, ...mistakesOfMany, ...ofConfig];
  if (all.length > 0) throw wrongOptions(all, (path) => optionAt(path, urls.length));
  return links;
}

/** The options in the shape of a configuration file. */
function rawConfig(
  given: ReadonlyMap<string, readonly string[]>,
  urls: readonly (string | undefined)[],
): unknown {
  const valueOf = (name: string): unknown => numberOrText(given.get(name)?.[0]);
  const shared = linkNames.filter((name) => !ofOneReplica.includes(name) && name !== 'linked-tables');
  const own = urls.length === 1 ? ofOneReplica : [];
  return {
    source: present({ url: given.get('source')?.[0], password_file: given.get('source-password-file')?.[0] }),
    link: present({
      ...Object.fromEntries(shared.map((name) => [settingOf(name), valueOf(name)])),
      linked_tables: given.get('linked-tables')?.map((list) => list.split(',').map((table) => table.trim())),
    }),
    replicas: urls.map((url) =>
      present({
        url,
        password_file: given.get('replica-password-file')?.[0],
        ...Object.fromEntries(own.map((name) => [settingOf(name), ownValue(name, given)])),
      }),
    ),
  };
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
  if (setting === 'password_file') return `--${server}-password-file${which}`;
  if (setting === 'name' || setting === 'server_id' || setting === 'from')
    return `--${setting.replaceAll('_', '-')}${which}`;
  return formatPath(path);
}

function wrongOptions(
  mistakes: readonly ConfigMistake[],
  optionOf: (path: ConfigPath) => string,
): TailraceError {
  const count = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`;
  const error = configInvalid(`The command line has ${count}.`, mistakes, ({ path }) => optionOf(path));
  return new TailraceError(error.code, {
    what: error.what,
    ...(error.why === undefined ? {} : { why: error.why }),
    cure: 'Correct each of them; `tailrace COMMAND --help` shows every option.',
  });
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

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

import type { ServerFlavour } from './server-flavour.js';

/** mysqld settings by name, with dashes; `true` gives an option without a value, such as `skip-log-bin`. */
export type ServerSettings = Readonly<Record<string, string | number | true>>;

/** What a lab server is set to unless told otherwise. How durable a commit is, is left at the server's own defaults. */
const flavourDefaults: Record<ServerFlavour, ServerSettings> = {
  mysql: {
    'gtid-mode': 'ON',
    'enforce-gtid-consistency': 'ON',
    'loose-mysqlx': 'OFF',
    'secure-file-priv': '',
  },
  mysql56: { 'log-bin': 'binlog', 'binlog-format': 'ROW' },
  mariadb: { 'log-bin': 'binlog', 'binlog-format': 'ROW', 'secure-file-priv': '' },
  mariadb118: { 'log-bin': 'binlog', 'binlog-format': 'ROW', 'secure-file-priv': '' },
};

const commonDefaults: ServerSettings = { 'innodb-buffer-pool-size': '128M', 'skip-name-resolve': true };

/** The defaults of a flavour with `extra` on top; a later one wins, underscores in names count as dashes. */
export function mergeSettings(flavour: ServerFlavour, ...extra: readonly ServerSettings[]): ServerSettings {
  const merged: Record<string, string | number | true> = {};
  for (const settings of [commonDefaults, flavourDefaults[flavour], ...extra]) {
    for (const [name, value] of Object.entries(settings)) merged[name.replaceAll('_', '-')] = value;
  }
  return merged;
}

/** Settings as command-line options. */
export function settingArguments(settings: ServerSettings): string[] {
  return Object.entries(settings).map(([name, value]) =>
    value === true ? `--${name}` : `--${name}=${value}`,
  );
}

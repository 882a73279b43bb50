export interface ServerVersion {
  readonly flavour: 'mysql' | 'mariadb';
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** As the server says it: `9.7.4`, `10.11.6-MariaDB-log`. */
  readonly text: string;
}

/** Reads a version from the text of `SELECT VERSION()`; what is not understood counts as 0.0.0. */
export function parseServerVersion(text: string): ServerVersion {
  const [, major = '0', minor = '0', patch = '0'] = /^(?:5\.5\.5-)?(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [];
  return {
    flavour: /mariadb/i.test(text) ? 'mariadb' : 'mysql',
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    text,
  };
}

/** True for a MySQL server of this version or newer; never for MariaDB, whose numbers mean something else. */
export function isMysqlAtLeast(version: ServerVersion, major: number, minor = 0, patch = 0): boolean {
  if (version.flavour !== 'mysql') return false;
  if (version.major !== major) return version.major > major;
  if (version.minor !== minor) return version.minor > minor;
  return version.patch >= patch;
}

/** Compares by major and minor number: negative when `a` is older. */
export function compareSeries(a: ServerVersion, b: ServerVersion): number {
  return a.major - b.major || a.minor - b.minor;
}

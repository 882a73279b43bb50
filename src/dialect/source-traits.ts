import type { ServerVersion } from '../mysql/server-version.js';

/** What a link reads of its source once, because events of its log do not say it. */
export interface SourceTraits {
  /** explicit_defaults_for_timestamp, which servers before MySQL 8.0 and MariaDB 10.10 do not log. */
  readonly explicitDefaults: boolean;
  /** Seconds since 1970 at which the source was started; settings of statements before that are not known. */
  readonly startedAt: number;
  /** The character set `utf8` has four bytes a character there (MariaDB's old_mode without UTF8_IS_UTF8MB3). */
  readonly utf8IsUtf8mb4: boolean;
  /** Schemas whose default collation only MariaDB has. */
  readonly ownSchemas: ReadonlySet<string>;
}

/** Who wrote a statement, and who is to run it. */
export interface Dialect extends SourceTraits {
  /** The server that wrote the binary log file. */
  readonly writer: ServerVersion;
  readonly replica: ServerVersion;
}

/** True for MariaDB of this version or newer. */
export function isMariadbAtLeast(version: ServerVersion, major: number, minor: number): boolean {
  if (version.flavour !== 'mariadb') return false;
  return version.major > major || (version.major === major && version.minor >= minor);
}

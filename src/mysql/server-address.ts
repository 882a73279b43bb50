/** Paths of PEM files. */
export interface ServerTlsFiles {
  /** Certificates of the authorities that are trusted, instead of those that Node trusts. */
  readonly ca?: string;
  /** Our own certificate, for accounts that REQUIRE one, and its key. */
  readonly certificate?: string;
  readonly key?: string;
}

/** Where a server is and who we are to it. `password` must never reach a log, an error or a process list. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly socketPath?: string;
  readonly tls?: 'off' | 'preferred' | 'required' | 'verify';
  readonly tlsFiles?: ServerTlsFiles;
}

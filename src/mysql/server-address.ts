/** Where a server is and who we are to it. `password` must never reach a log, an error or a process list. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly socketPath?: string;
  readonly tls?: 'off' | 'preferred' | 'required' | 'verify';
}

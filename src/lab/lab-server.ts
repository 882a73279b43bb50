import type { ServerAddress } from '../mysql/server-address.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import type { ServerFlavour } from './server-flavour.js';
import type { ServerSettings } from './server-settings.js';

/** A real server that the lab runs, on a free port of 127.0.0.1, with its files in a temporary folder. */
export interface LabServer {
  readonly flavour: ServerFlavour;
  /** What it was started as, such as `source`; for messages. */
  readonly role: string;
  readonly serverId: number;
  /** root over TCP, with a password that was generated for this server. */
  readonly address: ServerAddress;
  /** As the server tells it, such as `9.7.4`. */
  readonly version: string;
  /** Where the server came from, to be shown to a person. */
  readonly origin: string;
  /** The server's data folder; for a server in a container, its path there. */
  readonly dataFolder: string;
  /** The server's process id; it changes with every restart. */
  readonly pid: number;
  connect(options?: LabConnectOptions): Promise<ServerConnection>;
  /** SIGKILL; returns once the process is gone. */
  kill(): Promise<void>;
  /** Shuts the server down in order and keeps its files. */
  shutDown(): Promise<void>;
  /** Starts it again on the same port and data, shutting it down first if it runs. `extra` settings stay from then on. */
  restart(extra?: ServerSettings): Promise<void>;
  /** Ends the server, at once, and removes its files. Does nothing the second time. */
  stop(): Promise<void>;
  /** The last lines of the server's error log. */
  errorLogTail(lines: number): string;
}

export interface LabConnectOptions {
  readonly database?: string;
  readonly multipleStatements?: boolean;
}

export interface LabServerOptions {
  /** `mysql` by default. */
  readonly flavour?: ServerFlavour;
  /** Names the server in messages; `server` by default. */
  readonly role?: string;
  /** By default a number that no other server of this process has. */
  readonly serverId?: number;
  readonly settings?: ServerSettings;
  /** Is told which server was started, its version and where it came from. */
  readonly log?: (line: string) => void;
}

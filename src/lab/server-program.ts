import type { ServerFlavour } from './server-flavour.js';

/** A server that can be run as a process of this machine. */
export interface ServerProgram {
  readonly flavour: ServerFlavour;
  /** Where it came from, to be shown to a person. */
  readonly origin: string;
  readonly binary: string;
  /** Command and arguments to put before the binary: the dynamic loader, for a server that brought its own libc. */
  readonly loader: readonly string[];
  /** Arguments that tell the server where its own files are. */
  readonly locationArguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** An initialised data folder to copy (MySQL 5.6 from npm); null: the server initialises one itself. */
  readonly pristineData: string | null;
  /** Folder with the SQL scripts that MariaDB is bootstrapped from; null for MySQL. */
  readonly bootstrapScripts: string | null;
}

/** Command and arguments of one run of a program. */
export function programCommand(
  program: ServerProgram,
  settings: readonly string[],
): { readonly command: string; readonly args: readonly string[] } {
  const [command = program.binary, ...args] = [
    ...program.loader,
    program.binary,
    '--no-defaults',
    ...program.locationArguments,
    // A server started by root refuses to run unless it is told that root is meant.
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    ...settings,
  ];
  return { command, args };
}

import { startContainerLabServer } from './container-lab-server.js';
import { findServerProgram, serverProgramFromEnvironment } from './find-server-program.js';
import type { LabServer, LabServerOptions } from './lab-server.js';
import { LocalLabServer } from './local-lab-server.js';
import { mergeSettings } from './server-settings.js';

let serversStarted = 0;

/**
 * Starts a real server, from the first of these that there is: TAILRACE_MYSQLD (for `mysql` only), a Docker engine, a
 * server on PATH, Debian packages. MySQL 5.6 comes from npm. It ends with this process at the latest, however that ends.
 * Errors: TR_LAB_NO_SERVER, TR_LAB_START_FAILED.
 */
export async function startLabServer(options: LabServerOptions = {}): Promise<LabServer> {
  const flavour = options.flavour ?? 'mysql';
  const log = options.log ?? (() => undefined);
  serversStarted += 1;
  const serverOptions = {
    role: options.role ?? 'server',
    serverId: options.serverId ?? serversStarted,
    settings: mergeSettings(flavour, options.settings ?? {}),
  };
  const named = flavour === 'mysql' ? await serverProgramFromEnvironment() : null;
  const inContainer =
    named === null && flavour !== 'mysql56' ? await startContainerLabServer(flavour, serverOptions) : null;
  const server =
    inContainer ??
    (await LocalLabServer.start(named ?? (await findServerProgram(flavour, log)), serverOptions));
  const { host, port } = server.address;
  log(`lab: ${server.role} is ${server.version} on ${host}:${port} (${server.origin})`);
  return server;
}

import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type * as Testcontainers from 'testcontainers';
import type { ContainerRuntimeClient, StartedTestContainer } from 'testcontainers';
import { TailraceError } from '../errors/tailrace-error.js';
import type { ServerAddress } from '../mysql/server-address.js';
import { openConnection, type ServerConnection } from '../mysql/server-connection.js';
import { freePort } from './free-port.js';
import type { LabConnectOptions, LabServer } from './lab-server.js';
import type { LocalServerOptions } from './local-lab-server.js';
import { generatePassword } from './root-password.js';
import type { ServerFlavour } from './server-flavour.js';
import { mergeSettings, type ServerSettings } from './server-settings.js';
import { waitForServer } from './wait-for-server.js';

const settingsFile = '/etc/mysql/conf.d/tailrace-lab.cnf';
const startTimeoutMs = 300_000;
const logLinesMax = 500;
const images = { mysql: 'mysql:9.7', mariadb: 'mariadb:10.11', mariadb118: 'mariadb:11.8' } as const;

/**
 * The Docker engine, if there is one on this machine. Containers share the host's network, so that a server has one
 * address for us and for its replicas; that takes Linux and an engine on a local socket.
 */
async function localEngine(): Promise<{
  library: typeof Testcontainers;
  client: ContainerRuntimeClient;
} | null> {
  const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  if (process.platform !== 'linux' || !host.startsWith('unix://') || !existsSync(host.slice(7))) return null;
  try {
    // A development dependency, so it may be absent where tailrace is installed.
    const library = await import('testcontainers');
    return { library, client: await library.getContainerRuntimeClient() };
  } catch {
    return null;
  }
}

/**
 * Starts a server in a container, with testcontainers, whose reaper removes it once this process is gone; null without a
 * Docker engine. The image is TAILRACE_MYSQL_IMAGE or mysql:9.7. Throws TR_LAB_START_FAILED.
 */
export async function startContainerLabServer(
  flavour: keyof typeof images,
  options: LocalServerOptions,
): Promise<LabServer | null> {
  const engine = await localEngine();
  if (engine === null) return null;
  const { library, client } = engine;
  const named = flavour === 'mysql' ? process.env['TAILRACE_MYSQL_IMAGE'] : undefined;
  const image = named ?? images[flavour];
  const port = await freePort();
  const password = generatePassword();
  const settings = { ...options.settings, port, 'bind-address': '127.0.0.1', 'server-id': options.serverId };
  try {
    const container = await new library.GenericContainer(image)
      .withNetworkMode('host')
      .withEnvironment({ MYSQL_ROOT_PASSWORD: password })
      .withCopyContentToContainer([{ content: settingsText(settings), target: settingsFile }])
      // The server that the image starts first, to initialise its data, listens on port 0.
      .withWaitStrategy(library.Wait.forLogMessage(new RegExp(`port: ${port}\\b`)))
      .withStartupTimeout(startTimeoutMs)
      .start();
    const address = { host: '127.0.0.1', port, user: 'root', password };
    const server = new ContainerLabServer(container, client, {
      ...options,
      flavour,
      settings,
      image,
      address,
    });
    await server.awaitReady();
    return server;
  } catch (error) {
    throw new TailraceError('TR_LAB_START_FAILED', {
      what: `The ${options.role} of the lab did not start in a container of the image ${image}.`,
      why: (error as Error).message,
      cure: 'See `docker logs`. TAILRACE_MYSQL_IMAGE names another image, TAILRACE_MYSQLD a server outside Docker.',
      cause: error,
    });
  }
}

function settingsText(settings: ServerSettings): string {
  const lines = Object.entries(settings).map(([name, value]) =>
    value === true ? name : `${name} = ${value}`,
  );
  return ['[mysqld]', ...lines, ''].join('\n');
}

interface ContainerServerOptions extends LocalServerOptions {
  readonly flavour: ServerFlavour;
  readonly image: string;
  readonly address: ServerAddress;
}

class ContainerLabServer implements LabServer {
  readonly flavour: ServerFlavour;
  readonly role: string;
  readonly serverId: number;
  readonly address: ServerAddress;
  readonly origin: string;
  readonly dataFolder = '/var/lib/mysql';
  readonly #container: StartedTestContainer;
  readonly #client: ContainerRuntimeClient;
  readonly #logLines: string[] = [];
  #settings: ServerSettings;
  #version = '';
  #pid = 0;
  #stopped = false;

  constructor(
    container: StartedTestContainer,
    client: ContainerRuntimeClient,
    options: ContainerServerOptions,
  ) {
    this.#container = container;
    this.#client = client;
    this.#settings = options.settings;
    this.flavour = options.flavour;
    this.role = options.role;
    this.serverId = options.serverId;
    this.address = options.address;
    this.origin = `a container of ${options.image}`;
  }

  get version(): string {
    return this.#version;
  }

  get pid(): number {
    return this.#pid;
  }

  /** Waits for the server, after the container was started. */
  async awaitReady(): Promise<void> {
    const lines = createInterface({ input: await this.#container.logs() });
    lines.on('line', (line) => {
      this.#logLines.push(line);
      if (this.#logLines.length > logLinesMax) this.#logLines.shift();
    });
    this.#version = await waitForServer(this.address, () => null);
    this.#pid = (await this.#handle.inspect()).State.Pid;
  }

  connect(options: LabConnectOptions = {}): Promise<ServerConnection> {
    return openConnection(this.address, { ...options, sessionLabel: 'lab' });
  }

  async kill(): Promise<void> {
    if ((await this.#handle.inspect()).State.Running) await this.#handle.kill({ signal: 'SIGKILL' });
    await this.#handle.wait();
  }

  async shutDown(): Promise<void> {
    if ((await this.#handle.inspect()).State.Running) await this.#handle.stop({ t: 60 });
  }

  async restart(extra: ServerSettings = {}): Promise<void> {
    await this.shutDown();
    this.#settings = mergeSettings(this.flavour, this.#settings, extra);
    await this.#container.copyContentToContainer([
      { content: settingsText(this.#settings), target: settingsFile },
    ]);
    await this.#handle.start();
    await this.awaitReady();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#container.stop({ timeout: 0, remove: true, removeVolumes: true });
  }

  errorLogTail(lines: number): string {
    return this.#logLines.slice(-lines).join('\n');
  }

  get #handle() {
    return this.#client.container.getById(this.#container.getId());
  }
}

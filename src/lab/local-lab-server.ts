import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TailraceError } from '../errors/tailrace-error.js';
import type { ServerAddress } from '../mysql/server-address.js';
import { openConnection, type ServerConnection } from '../mysql/server-connection.js';
import { createDataFolder } from './data-template.js';
import { freePort } from './free-port.js';
import { createLabFolder, pidFileOf } from './lab-folder.js';
import type { LabConnectOptions, LabServer } from './lab-server.js';
import { generatePassword, rootPasswordStatements } from './root-password.js';
import type { ServerFlavour } from './server-flavour.js';
import { programCommand, type ServerProgram } from './server-program.js';
import { mergeSettings, type ServerSettings, settingArguments } from './server-settings.js';
import { SupervisedProcess } from './supervised-process.js';
import { waitForServer } from './wait-for-server.js';

const shutDownTimeoutMs = 60_000;
const killTimeoutMs = 30_000;
const portTriesMax = 5;
const errorLogLinesShown = 20;

export interface LocalServerOptions {
  readonly role: string;
  readonly serverId: number;
  readonly settings: ServerSettings;
}

/** A lab server that runs as a process of this machine. */
export class LocalLabServer implements LabServer {
  readonly role: string;
  readonly serverId: number;
  readonly #program: ServerProgram;
  readonly #folder: string;
  readonly #password = generatePassword();
  #settings: ServerSettings;
  #port = 0;
  #version = '';
  #process: SupervisedProcess | null = null;

  private constructor(program: ServerProgram, folder: string, options: LocalServerOptions) {
    this.#program = program;
    this.#folder = folder;
    this.role = options.role;
    this.serverId = options.serverId;
    this.#settings = options.settings;
  }

  /** Throws TR_LAB_START_FAILED with the end of the error log if the server does not come up. */
  static async start(program: ServerProgram, options: LocalServerOptions): Promise<LocalLabServer> {
    const server = new LocalLabServer(program, await createLabFolder(), options);
    try {
      await server.#firstStart();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get flavour(): ServerFlavour {
    return this.#program.flavour;
  }

  get address(): ServerAddress {
    return { host: '127.0.0.1', port: this.#port, user: 'root', password: this.#password };
  }

  get version(): string {
    return this.#version;
  }

  get origin(): string {
    return this.#program.origin;
  }

  get dataFolder(): string {
    return path.join(this.#folder, 'data');
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  connect(options: LabConnectOptions = {}): Promise<ServerConnection> {
    return openConnection(this.address, { ...options, sessionLabel: 'lab' });
  }

  async kill(): Promise<void> {
    const gone = (await this.#process?.end('SIGKILL', killTimeoutMs)) ?? true;
    if (!gone) throw new Error(`process ${this.pid} is still there ${killTimeoutMs} ms after SIGKILL`);
  }

  async shutDown(): Promise<void> {
    const gone = await this.#process?.end('SIGTERM', shutDownTimeoutMs);
    if (gone === false) await this.kill();
  }

  async restart(extra: ServerSettings = {}): Promise<void> {
    await this.shutDown();
    this.#settings = mergeSettings(this.flavour, this.#settings, extra);
    await this.#run([]);
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }

  errorLogTail(lines: number): string {
    const texts = [this.#errorLog, path.join(this.#folder, 'server.out')].map((file) => {
      try {
        return readFileSync(file, 'utf8');
      } catch {
        return '';
      }
    });
    // What goes wrong before the log is opened is on the server's stderr.
    const text = texts.find((candidate) => candidate !== '') ?? '';
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  }

  get #errorLog(): string {
    return path.join(this.#folder, 'error.err');
  }

  async #firstStart(): Promise<void> {
    await createDataFolder(this.#program, this.dataFolder);
    await mkdir(path.join(this.#folder, 'tmp'));
    const initFile = path.join(this.#folder, 'init.sql');
    // A file, because command lines can be read by every user of the machine.
    await writeFile(initFile, rootPasswordStatements(this.flavour, this.#password), { mode: 0o600 });
    for (let tries = 1; ; tries += 1) {
      this.#port = await freePort();
      try {
        await this.#run([`--init-file=${initFile}`]);
        break;
      } catch (error) {
        const portTaken = /address already in use/i.test(this.errorLogTail(errorLogLinesShown));
        if (!portTaken || tries >= portTriesMax) throw error;
        await rm(this.#errorLog, { force: true });
      }
    }
    await rm(initFile);
  }

  async #run(extraArguments: readonly string[]): Promise<void> {
    const { command, args } = programCommand(this.#program, [
      `--datadir=${this.dataFolder}`,
      `--tmpdir=${path.join(this.#folder, 'tmp')}`,
      `--socket=${path.join(this.#folder, 'server.sock')}`,
      `--pid-file=${pidFileOf(this.#folder)}`,
      `--log-error=${this.#errorLog}`,
      '--bind-address=127.0.0.1',
      `--port=${this.#port}`,
      `--server-id=${this.serverId}`,
      ...settingArguments(this.#settings),
      ...extraArguments,
    ]);
    this.#process = await SupervisedProcess.start(
      this.#folder,
      [command, ...args],
      this.#program.environment,
    );
    await this.#awaitReady(this.#process);
  }

  async #awaitReady(running: SupervisedProcess): Promise<void> {
    const ended = () => (running.status === null ? null : `it ended with status ${running.status}`);
    try {
      this.#version = await waitForServer(this.address, ended);
    } catch (error) {
      throw this.#startFailure((error as Error).message);
    }
  }

  #startFailure(why: string): TailraceError {
    return new TailraceError('TR_LAB_START_FAILED', {
      what: `The ${this.role} of the lab (${this.origin}) did not start: ${why}`,
      why: this.errorLogTail(errorLogLinesShown),
      cure: 'See the end of its error log. The usual reason is a setting that this version does not know.',
    });
  }
}

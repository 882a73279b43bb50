import { constants } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LabServer } from '../../src/lab/lab-server.js';

/** A cold copy of a server's data folder, to which the server can be put back as to a backup. */
export class DataCopy {
  readonly #server: LabServer;
  readonly #folder: string;

  private constructor(server: LabServer, folder: string) {
    this.#server = server;
    this.#folder = folder;
  }

  /** Restarts the server to copy what it has now. The server must run on this machine, not in a container. */
  static async take(server: LabServer): Promise<DataCopy> {
    const folder = await mkdtemp(path.join(tmpdir(), 'tailrace-fuzz-'));
    await server.shutDown();
    await copyFolder(server.dataFolder, path.join(folder, 'data'));
    await server.restart();
    return new DataCopy(server, folder);
  }

  /** Kills the server, and starts it with the data that it had when the copy was taken. */
  async restore(): Promise<void> {
    await this.#server.kill();
    await rm(this.#server.dataFolder, { recursive: true, force: true });
    await copyFolder(path.join(this.#folder, 'data'), this.#server.dataFolder);
    await this.#server.restart();
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function copyFolder(from: string, to: string): Promise<void> {
  return cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

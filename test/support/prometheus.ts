import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type UnpackedProgram, unpackDebianProgram } from '../../src/lab/debian-program.js';
import { freePort } from '../../src/lab/free-port.js';
import { createLabFolder } from '../../src/lab/lab-folder.js';
import { runProgram } from '../../src/lab/run-program.js';
import { SupervisedProcess } from '../../src/lab/supervised-process.js';
import { waitFor } from './wait-for.js';

const timeoutMs = 60_000;

function unpacked(program: string): Promise<UnpackedProgram> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  return unpackDebianProgram({ names: ['prometheus'], suite: 'own', extent: 'missing', program, log });
}

/** Runs promtool in a folder that holds these files. Throws an Error with its words if it finds fault. */
export async function promtool(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
  input = '',
): Promise<string> {
  const { binary, environment } = await unpacked('usr/bin/promtool');
  const folder = await mkdtemp(path.join(tmpdir(), 'promtool-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
    return await runProgram(binary, args, { cwd: folder, environment, timeoutMs, input });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A Prometheus of its own, with these files; `prometheus.yaml` is the one that it starts with. */
export class Prometheus {
  readonly #url: string;
  readonly #folder: string;
  readonly #process: SupervisedProcess;

  private constructor(url: string, folder: string, process: SupervisedProcess) {
    this.#url = url;
    this.#folder = folder;
    this.#process = process;
  }

  static async start(files: Readonly<Record<string, string>>): Promise<Prometheus> {
    const { binary, environment } = await unpacked('usr/bin/prometheus');
    const folder = await createLabFolder();
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
    const address = `127.0.0.1:${await freePort()}`;
    const options = [
      `--config.file=${path.join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ];
    const process = await SupervisedProcess.start(folder, [binary, ...options], environment);
    const prometheus = new Prometheus(`http://${address}`, folder, process);
    const isReady = async (): Promise<boolean> =>
      (await fetch(`http://${address}/-/ready`).catch(() => null))?.ok === true;
    await waitFor(isReady, { what: 'Prometheus', timeoutMs });
    return prometheus;
  }

  /** How many samples a query gives now. Throws an Error if Prometheus does not understand it. */
  async samples(expression: string): Promise<number> {
    const answer = await fetch(`${this.#url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data, error } = (await answer.json()) as { data?: { result: unknown[] }; error?: string };
    if (data === undefined) throw new Error(`${expression}: ${error}`);
    return data.result.length;
  }

  async stop(): Promise<void> {
    await this.#process.end('SIGKILL', timeoutMs);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

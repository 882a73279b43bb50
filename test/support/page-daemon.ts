import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestLab } from './lab.js';
import { replaced } from './consumer-page.js';
import { TailraceProcess, urlOf } from './tailrace-process.js';
import { waitFor } from './wait-for.js';

interface ReplicaJson {
  readonly id: string;
  readonly state: string;
  readonly lag_micros: number | null;
}

const adminToken = 'orders-may-be-given-with-this';

/** A `tailrace run` with the configuration of a page of docs/consumers, on a lab with a source and the replicas db2 and db3. */
export class PageDaemon {
  readonly process: TailraceProcess;
  readonly port: number;
  readonly agentPort: number;
  readonly gtidReaderPorts: Readonly<Record<string, number>>;
  readonly #folder: string;

  private constructor(process: TailraceProcess, folder: string) {
    this.process = process;
    this.#folder = folder;
    const line = process.stderr.split('\n').find((text) => text.includes('the lag endpoint listens')) ?? '';
    const told = JSON.parse(line) as Record<string, unknown>;
    this.port = told['port'] as number;
    this.agentPort = told['agent_port'] as number;
    this.gtidReaderPorts = told['gtid_reader_ports'] as Record<string, number>;
  }

  /** `ports`: the addresses of the page that tailrace listens at; they become free ones. */
  static async start(lab: TestLab, configuration: string, ports: readonly string[]): Promise<PageDaemon> {
    const folder = await mkdtemp(path.join(tmpdir(), 'page-daemon-'));
    const file = path.join(folder, 'tailrace.yaml');
    const [db2, db3] = lab.replicas;
    const text = replaced(configuration, {
      'mysql://tailrace@192.0.2.11:3306': urlOf(lab.source.address),
      'mysql://tailrace@192.0.2.12:3306': urlOf(db2!.address),
      'mysql://tailrace@192.0.2.13:3306': urlOf(db3!.address),
      ...Object.fromEntries(ports.map((port) => [port, '127.0.0.1:0'])),
    });
    await writeFile(file, text, { mode: 0o600 });
    const process = new TailraceProcess(['run', '--config', file], { TAILRACE_ADMIN_TOKEN: adminToken });
    await process.says(/the lag endpoint listens.*\n/);
    return new PageDaemon(process, folder);
  }

  get(request: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${request}`);
  }

  async replica(id: string): Promise<ReplicaJson | undefined> {
    const answer = await this.get('/v1/hints');
    const { replicas } = (await answer.json()) as { replicas: readonly ReplicaJson[] };
    return replicas.find((replica) => replica.id === id);
  }

  /** Until both are level and serve. */
  async serves(): Promise<void> {
    for (const id of ['db2', 'db3']) {
      const isLevel = async (): Promise<boolean> => {
        const replica = await this.replica(id);
        return replica?.state === 'serving' && replica.lag_micros === 0;
      };
      await waitFor(isLevel, { what: `${id} to serve` });
    }
  }

  /** `drain`, `maint` or `none`. */
  async order(id: string, order: string): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/v1/replicas/${id}/admin`, {
      method: 'PUT',
      body: JSON.stringify({ order }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` },
    });
    if (answer.status !== 200) throw new Error(`order ${order}: ${answer.status} ${await answer.text()}`);
  }

  async stop(): Promise<void> {
    if (!this.process.hasEnded) {
      this.process.signal('SIGKILL');
      await this.process.end();
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

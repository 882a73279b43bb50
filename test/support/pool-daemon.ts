import { pino } from 'pino';
import { endpointDefaults } from '../../src/endpoint/endpoint-settings.js';
import { LagEndpoint } from '../../src/endpoint/lag-endpoint.js';
import { Link } from '../../src/link/link.js';
import type { LinkSettings } from '../../src/link/link-settings.js';
import { linkSettings } from './engine-link.js';
import type { TestLab } from './lab.js';
import { idOf } from './pool-lab.js';

/** What `run --listen` does, in this process: a link to each replica of the lab, and their lag endpoint. */
export class PoolDaemon {
  readonly endpoint: LagEndpoint;
  readonly #ended = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  /** `port` 0: any that is free. */
  constructor(
    readonly lab: TestLab,
    readonly port = 0,
    readonly adminToken = 'an-admin-token-of-tests',
  ) {
    const http = { host: '127.0.0.1', port };
    const [first, ...others] = this.#links();
    this.endpoint = new LagEndpoint(
      [first!, ...others],
      { ...endpointDefaults, http, adminToken },
      pino({ level: 'silent' }),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.endpoint.port}`;
  }

  async start(): Promise<this> {
    const { signal } = this.#ended;
    await this.endpoint.start(signal);
    this.#running = Promise.all(
      this.#links().map(async (settings) => {
        const lag = this.endpoint.lagOf(settings.name);
        const link = new Link(settings, { log: pino({ level: 'silent' }), ...(lag && { lag }) });
        this.endpoint.follow(settings.name, () => link.progress());
        await link.run({ kind: 'forever' }, signal);
      }),
    );
    return this;
  }

  /** Ends at an epoch boundary, and lets go of the port. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
    await this.endpoint.close();
  }

  async order(replica: string, order: 'drain' | 'maint' | 'none'): Promise<number> {
    const response = await fetch(`${this.url}/v1/replicas/${encodeURIComponent(replica)}/admin`, {
      method: 'PUT',
      body: JSON.stringify({ order }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.adminToken}` },
    });
    return response.status;
  }

  #links(): LinkSettings[] {
    return this.lab.replicas.map((replica, at) =>
      linkSettings(this.lab, {
        name: idOf(replica),
        replica: replica.address,
        lanes: 2,
        serverId: 4_000_000_001 + at,
      }),
    );
  }
}

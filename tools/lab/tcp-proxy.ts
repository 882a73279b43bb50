import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** One connection through the proxy. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes that went from the server to the client. */
  bytes: number;
}

/** Stands between a client and a server on this machine, and can cut or stall what goes through it. */
export class TcpProxy {
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  readonly #stalled = new Set<Pair>();
  #cutAfter = Infinity;
  #resetAt: string | null = null;
  #cuts = 0;

  private constructor(listener: Server) {
    this.#listener = listener;
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const listener = createServer({ noDelay: true });
    const proxy = new TcpProxy(listener);
    listener.on('connection', (client) => proxy.#join(client, targetPort));
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Connections that were cut so far. */
  get cuts(): number {
    return this.#cuts;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /**
   * Cuts the first connection over which the server has sent so many more bytes, after exactly that many: most likely in the
   * middle of a packet. Once; call it again for the next one.
   */
  cutAfter(bytes: number): void {
    for (const pair of this.#pairs) pair.bytes = 0;
    this.#cutAfter = bytes;
  }

  /** Resets the first connection over which the client sends this from now on, as a server does that is killed. Once. */
  resetAt(text: string): void {
    this.#resetAt = text;
  }

  /** From now on nothing passes over the connections that there are, and nobody is told; new ones work. */
  stall(): void {
    this.#stall([...this.#pairs]);
  }

  /** The same for the one connection over which the server has sent most: of a replica that is the stream. */
  stallBusiest(): void {
    this.#stall([...this.#pairs].sort((a, b) => b.bytes - a.bytes).slice(0, 1));
  }

  #stall(pairs: readonly Pair[]): void {
    for (const pair of pairs) {
      pair.client.pause();
      pair.server.pause();
      this.#stalled.add(pair);
      this.#pairs.delete(pair);
    }
  }

  async stop(): Promise<void> {
    for (const pair of [...this.#pairs, ...this.#stalled]) this.#cut(pair);
    await new Promise<void>((resolve) => this.#listener.close(() => resolve()));
  }

  #join(client: Socket, targetPort: number): void {
    const server = connect({ host: '127.0.0.1', port: targetPort, noDelay: true });
    const pair: Pair = { client, server, bytes: 0 };
    this.#pairs.add(pair);
    // Nobody is told of the end of a connection that carries nothing any more either.
    const end = (): void => {
      if (!this.#stalled.has(pair)) this.#cut(pair);
    };
    for (const socket of [client, server]) {
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (bytes) => this.#fromClient(pair, bytes));
    server.on('data', (bytes) => this.#fromServer(pair, bytes));
  }

  #fromClient(pair: Pair, bytes: Buffer): void {
    if (this.#resetAt === null || !bytes.includes(this.#resetAt)) {
      pair.server.write(bytes);
      return;
    }
    this.#resetAt = null;
    this.#cuts += 1;
    pair.client.resetAndDestroy();
    this.#cut(pair);
  }

  #fromServer(pair: Pair, bytes: Buffer): void {
    const left = this.#cutAfter - pair.bytes;
    pair.bytes += bytes.length;
    if (pair.bytes < this.#cutAfter) {
      // Back-pressure: the client may have stopped reading.
      if (!pair.client.write(bytes)) {
        pair.server.pause();
        pair.client.once('drain', () => {
          if (!this.#stalled.has(pair)) pair.server.resume();
        });
      }
      return;
    }
    this.#cutAfter = Infinity;
    this.#cuts += 1;
    pair.client.write(bytes.subarray(0, left), () => this.#cut(pair));
  }

  #cut(pair: Pair): void {
    this.#pairs.delete(pair);
    this.#stalled.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  }
}

import { createServer, connect, type Server, type Socket } from 'node:net';
import * as zlib from 'node:zlib';

const { crc32 } = zlib as unknown as { readonly crc32: (data: Buffer) => number };
const frameHeaderBytes = 4;
const dumpCommands = new Set([0x12, 0x1e]);

/** Changes an event in place, checksum excluded; true when it did. */
export type EventChange = (event: Buffer) => boolean;

/** What becomes of the checksum of a changed event. */
export type ChecksumOfChanged = 'mended' | 'left';

/**
 * Stands between a reader and its source, and changes events on their way: for what no server writes by itself. Packets of up
 * to 16 MiB; the connection must be without TLS.
 */
export class EventProxy {
  readonly #server: Server;
  readonly #change: EventChange;
  readonly #checksum: ChecksumOfChanged;
  readonly #sockets = new Set<Socket>();

  private constructor(
    target: { host: string; port: number },
    change: EventChange,
    checksum: ChecksumOfChanged,
  ) {
    this.#change = change;
    this.#checksum = checksum;
    this.#server = createServer((client) => this.#join(client, connect(target.port, target.host)));
  }

  static async open(
    target: { host: string; port: number },
    change: EventChange,
    checksum: ChecksumOfChanged = 'mended',
  ): Promise<EventProxy> {
    const proxy = new EventProxy(target, change, checksum);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, server: Socket): void {
    let dumping = false;
    let held: Buffer = Buffer.alloc(0);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (bytes: Buffer) => {
      if (bytes[3] === 0 && dumpCommands.has(bytes[frameHeaderBytes] ?? 0)) dumping = true;
      server.write(bytes);
    });
    server.on('data', (bytes: Buffer) => {
      if (!dumping) {
        client.write(bytes);
        return;
      }
      held = Buffer.concat([held, bytes]);
      for (;;) {
        const length = held.length < frameHeaderBytes ? Infinity : held.readUIntLE(0, 3) + frameHeaderBytes;
        if (held.length < length) return;
        const frame = Buffer.from(held.subarray(0, length));
        held = held.subarray(length);
        this.#pass(frame);
        client.write(frame);
      }
    });
  }

  #pass(frame: Buffer): void {
    const event = frame.subarray(frameHeaderBytes + 1);
    if (frame[frameHeaderBytes] !== 0 || event.length < 23) return;
    if (!this.#change(event.subarray(0, event.length - 4)) || this.#checksum === 'left') return;
    event.writeUInt32LE(crc32(event.subarray(0, event.length - 4)), event.length - 4);
  }
}

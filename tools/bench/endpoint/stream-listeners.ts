import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface StreamListenersTask {
  readonly port: number;
  readonly count: number;
}

export interface StreamListenersResult {
  /** Events of kind `hints`, of all listeners. */
  readonly hintsEvents: number;
  readonly bytes: number;
  /** Listeners that were cut off before the end. */
  readonly lost: number;
  readonly seconds: number;
}

const atOnce = 50;
const firstEventMsMax = 60_000;
const bufferBytes = 64 * 1_024;
const mark = Buffer.from('\nevent: hints\n');

/** Listens to `/v1/hints/stream` many times, and counts; what comes is not looked into any further, as that costs time. */
export class StreamListeners {
  readonly #task: StreamListenersTask;
  readonly #sockets: Socket[] = [];
  readonly #told = new Set<Socket>();
  /** One for all: a buffer for each piece that arrives would cost more than looking at it. */
  readonly #buffer = Buffer.alloc(bufferBytes);
  #hintsEvents = 0;
  #bytes = 0;
  #lost = 0;
  #isReady = false;
  #isOver = false;

  constructor(task: StreamListenersTask) {
    this.#task = task;
  }

  /** `ready` is called once every listener has got its first event. */
  async run({
    ready,
    stop,
  }: {
    readonly ready: () => void;
    readonly stop: AbortSignal;
  }): Promise<StreamListenersResult> {
    const { count } = this.#task;
    for (let opened = 0; opened < count; opened += 1) {
      this.#sockets.push(this.#listen());
      if (opened % atOnce === atOnce - 1) await sleep(20);
    }
    for (let waited = 0; waited < firstEventMsMax && this.#told.size < count; waited += 20) await sleep(20);
    if (this.#told.size < count)
      throw new Error(`only ${this.#told.size} of ${count} listeners were told anything`);
    this.#hintsEvents = 0;
    this.#bytes = 0;
    const startMs = performance.now();
    this.#isReady = true;
    ready();
    if (!stop.aborted)
      await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
    this.#isOver = true;
    for (const socket of this.#sockets) socket.destroy();
    const seconds = (performance.now() - startMs) / 1_000;
    return { hintsEvents: this.#hintsEvents, bytes: this.#bytes, lost: this.#lost, seconds };
  }

  #listen(): Socket {
    const socket = connect({
      port: this.#task.port,
      host: '127.0.0.1',
      onread: {
        buffer: this.#buffer,
        callback: (length, buffer) => {
          this.#count(socket, Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    socket.write('GET /v1/hints/stream HTTP/1.1\r\nhost: localhost\r\n\r\n');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (!this.#isOver) this.#lost += 1;
    });
    return socket;
  }

  #count(socket: Socket, data: Buffer): void {
    this.#bytes += data.length;
    for (let at = data.indexOf(mark); at !== -1; at = data.indexOf(mark, at + mark.length)) {
      this.#hintsEvents += 1;
      if (!this.#isReady) this.#told.add(socket);
    }
  }
}

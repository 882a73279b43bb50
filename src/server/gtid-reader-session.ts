import type { Socket } from 'node:net';

/** A reader whose machine is gone is noticed also when nothing is told for hours. */
const keepAliveMs = 30_000;

/** One reader of a `GtidReaderServer`: it is told, and says nothing itself. */
export class GtidReaderSession {
  readonly #socket: Socket;
  /** Bytes given since the reader took all that was there. */
  #backlogBytes = 0;
  /** Since when it has not taken what is there, by `performance.now()`; null: it takes. */
  #stalledSinceMs: number | null = null;

  constructor(socket: Socket, greeting: Buffer, onEnd: () => void) {
    this.#socket = socket;
    socket.setKeepAlive(true, keepAliveMs);
    socket.on('error', () => socket.destroy());
    socket.once('close', onEnd);
    // ProxySQL never speaks: whoever does takes this for another protocol.
    socket.once('data', () => socket.destroy());
    socket.on('drain', () => {
      this.#backlogBytes = 0;
      this.#stalledSinceMs = null;
    });
    if (!socket.write(greeting)) this.#stalledSinceMs = performance.now();
  }

  /** Passes whole lines on, or ends the connection if more than `backlogBytesMax` of them wait. */
  tell(lines: Buffer, backlogBytesMax: number): void {
    if (this.#stalledSinceMs !== null) this.#backlogBytes += lines.length;
    if (this.#backlogBytes > backlogBytesMax) return this.end();
    if (!this.#socket.write(lines)) this.#stalledSinceMs ??= performance.now();
  }

  endIfStalled(stalledMsMax: number): void {
    if (this.#stalledSinceMs !== null && performance.now() - this.#stalledSinceMs > stalledMsMax) this.end();
  }

  end(): void {
    this.#socket.destroy();
  }
}

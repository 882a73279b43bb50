import { connect, type Socket } from 'node:net';

const headEnd = '\r\n\r\n';
const lengthHeader = 'content-length: ';
/** One for all connections: what arrives is made a text at once. */
const buffer = Buffer.alloc(64 * 1_024);

/**
 * A connection that asks one question at a time and keeps open, on a raw socket: a client of node:http would take more processor time
 * than the server that is measured.
 */
export class CheckConnection {
  readonly #socket: Socket;
  readonly #onAnswer: (connection: CheckConnection, status: number) => void;
  #text = '';
  #isBusy = false;
  #isOpen = false;

  /** `onAnswer` gets the status; 0: the connection was lost before the answer. */
  constructor(port: number, onAnswer: (connection: CheckConnection, status: number) => void) {
    this.#onAnswer = onAnswer;
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer,
        callback: (length, bytes) => {
          this.#take((bytes as Buffer).toString('latin1', 0, length));
          return true;
        },
      },
    });
    this.#socket.on('connect', () => (this.#isOpen = true));
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('close', () => {
      this.#isOpen = false;
      if (this.#isBusy) this.#answered(0);
    });
  }

  /** Whether a question can be asked. */
  get isFree(): boolean {
    return this.#isOpen && !this.#isBusy;
  }

  /** `request`: all bytes of a request without a body. */
  ask(request: string): void {
    this.#isBusy = true;
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#text = this.#text === '' ? text : this.#text + text;
    const end = this.#text.indexOf(headEnd);
    if (end === -1) return;
    const lengthAt = this.#text.indexOf(lengthHeader);
    const bodyLength =
      lengthAt === -1 ? 0 : Number.parseInt(this.#text.slice(lengthAt + lengthHeader.length), 10);
    if (this.#text.length < end + headEnd.length + bodyLength) return;
    const status = Number(this.#text.slice(9, 12));
    this.#text = '';
    this.#answered(status);
  }

  #answered(status: number): void {
    this.#isBusy = false;
    this.#onAnswer(this, status);
  }
}

import type { Socket } from 'node:net';
import type { ServerAddress } from './server-address.js';
import { lookAtSession } from './session-look.js';

export interface PulsedSession {
  readonly address: ServerAddress;
  readonly threadId: number;
  readonly socket: () => Pick<Socket, 'bytesRead' | 'bytesWritten'>;
  /** Commands that have no answer yet. */
  readonly waiting: () => number;
  /** Asks the server for a sign of life. */
  readonly ping: () => void;
  readonly dead: (why: string) => void;
}

const tickMs = 2_000;
/** What is idle is asked for a sign of life this often; `link-lock.ts` counts on it. */
export const pulseMs = 5_000;
/** An answer that takes longer than this is asked about on another connection. */
const answerMsMax = 5_000;
/** A server that is being sent a long statement waits for its end, and looks idle: so many bytes a millisecond go over a slow line. */
const slowBytesPerMs = 128;
/** Whoever waits for a long statement asks no more often. */
const lookAgainMs = 10_000;
/** So many looks in a row must say that the server does not work for us: an answer may cross the first. */
const looksMin = 2;
/** A server that takes no connection either may only be busy, and what it does for us would be lost. */
const silenceMsMax = 30_000;

/**
 * Notices that a connection is dead although nobody said so: a firewall that forgot it, a proxy that stopped, a host that lost its
 * power. Counter-example to a plain limit: an ALTER TABLE may take a day. So what has no answer is looked at on another
 * connection; it is dead when the server runs nothing for the session, or does not answer there either.
 */
export class SessionPulse {
  readonly #session: PulsedSession;
  readonly #timer: NodeJS.Timeout;
  #heardAt = performance.now();
  #answers = 0;
  #bytesRead = 0;
  /** Bytes written until the session was heard last. */
  #bytesWritten = 0;
  #lookAt = 0;
  #suspicions = 0;
  #silentSince: number | null = null;
  #isLooking = false;

  constructor(session: PulsedSession) {
    this.#session = session;
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#timer.unref();
  }

  /** A command is about to be sent. */
  given(): void {
    // Until now nobody waited for anything.
    if (this.#session.waiting() === 1) this.#isHeard();
  }

  /** A command has its answer. */
  heard(): void {
    this.#isHeard();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #isHeard(): void {
    this.#heardAt = performance.now();
    this.#answers += 1;
    this.#bytesWritten = this.#session.socket().bytesWritten;
    this.#suspicions = 0;
    this.#silentSince = null;
    this.#lookAt = 0;
  }

  #tick(): void {
    const { bytesRead, bytesWritten } = this.#session.socket();
    const isArriving = bytesRead !== this.#bytesRead;
    this.#bytesRead = bytesRead;
    const now = performance.now();
    const quietMs = now - this.#heardAt;
    if (this.#session.waiting() === 0) {
      if (quietMs >= pulseMs - tickMs) this.#session.ping();
      return;
    }
    if (isArriving) return this.#isHeard();
    const patienceMs = answerMsMax + (bytesWritten - this.#bytesWritten) / slowBytesPerMs;
    if (this.#isLooking || quietMs < patienceMs || now < this.#lookAt) return;
    void this.#look();
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    const answers = this.#answers;
    const startedAt = performance.now();
    const sight = await lookAtSession(this.#session.address, this.#session.threadId);
    this.#isLooking = false;
    if (answers !== this.#answers) return;
    if (sight === 'silent') {
      this.#silentSince ??= startedAt;
      if (performance.now() - this.#silentSince >= silenceMsMax)
        this.#session.dead(`no answer, and no new connection either, for ${silenceMsMax / 1_000} s`);
      return;
    }
    this.#silentSince = null;
    if (sight === 'idle' || sight === 'gone') {
      this.#suspicions += 1;
      if (this.#suspicions < looksMin) return;
      const seen = sight === 'gone' ? 'knows no such session any more' : 'runs nothing for this session';
      this.#session.dead(`no answer came, and the server ${seen}: the way to it is broken`);
      return;
    }
    this.#suspicions = 0;
    this.#lookAt = performance.now() + lookAgainMs;
  }
}

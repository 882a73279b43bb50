import type { IncomingMessage, ServerResponse } from 'node:http';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { PoolSession } from '../pool-session.js';
import type { ReplicaPool } from '../replica-pool.js';
import { addHeader } from './add-header.js';
import { readSeal, seal } from './token-seal.js';

/** How a session’s token travels with requests and answers. */
export interface WebSessionOptions {
  /** `cookie` by default; `header` for clients that are programs and send back what they were given. */
  readonly carrier?: 'cookie' | 'header';
  /** Of the cookie or header; `tailrace-session` by default. */
  readonly name?: string;
  /**
   * How long the cookie is kept: longer than any replica that is read may be behind. Later, every one has the writes anyway.
   * 300 by default.
   */
  readonly maxAgeSeconds?: number;
  /** Whether the cookie is for https only; by default when the request came by it. */
  readonly secure?: boolean;
  /**
   * Seals tokens, so that only those that this application gave out are taken. Without it a client can make up one and so
   * send its own reads to the source, within the limits of `sourceReads`. The same for every process, 16 characters at least.
   */
  readonly secret?: string;
}

const nameDefault = 'tailrace-session';
const maxAgeDefaultSeconds = 300;
const secretLengthMin = 16;
/** Characters of a token in RFC 9110, which are those of a cookie’s name in RFC 6265. */
const validName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;

/** Takes sessions from requests and puts them into answers; the same for every framework. */
export class SessionCarrier {
  readonly #pool: ReplicaPool;
  readonly #isCookie: boolean;
  readonly #name: string;
  readonly #maxAgeSeconds: number;
  readonly #secure: boolean | null;
  readonly #secret: string | null;

  /** Throws TR_POOL_OPTIONS. */
  constructor(pool: ReplicaPool, options: WebSessionOptions) {
    const { carrier = 'cookie', name = nameDefault, maxAgeSeconds = maxAgeDefaultSeconds, secret } = options;
    requireThat(carrier === 'cookie' || carrier === 'header', '`carrier` is `cookie` or `header`');
    requireThat(validName.test(name), '`name` is one for a cookie or header, of 64 characters at most');
    requireThat(
      Number.isSafeInteger(maxAgeSeconds) && maxAgeSeconds > 0,
      '`maxAgeSeconds` is a whole number above 0',
    );
    requireThat(
      secret === undefined || secret.length >= secretLengthMin,
      `\`secret\` has ${secretLengthMin} characters at least`,
    );
    this.#pool = pool;
    this.#isCookie = carrier === 'cookie';
    this.#name = this.#isCookie ? name : name.toLowerCase();
    this.#maxAgeSeconds = maxAgeSeconds;
    this.#secure = options.secure ?? null;
    this.#secret = secret ?? null;
  }

  /**
   * The session of a request; one without writes where it brings no token, or what is none. The answer takes its token along
   * when its head is sent, however and by whomever that is done, unless the request has brought the same.
   */
  open(request: IncomingMessage, response: ServerResponse, isSecure: boolean): PoolSession {
    const session = this.#begin(request);
    const before = session.token;
    // The one way that every answer takes: with or without a body, of a stream, of an error.
    const writeHead = response.writeHead.bind(response) as (...head: unknown[]) => ServerResponse;
    response.writeHead = (...head: unknown[]): ServerResponse => {
      response.writeHead = writeHead;
      const token = response.headersSent ? before : session.token;
      if (token !== before) this.#send(response, head, token, isSecure);
      return writeHead(...head);
    };
    return session;
  }

  #begin(request: IncomingMessage): PoolSession {
    const text = this.#isCookie ? readCookie(request, this.#name) : request.headers[this.#name];
    const token = typeof text === 'string' ? this.#unseal(text) : '';
    try {
      return this.#pool.session(token);
    } catch {
      // Anybody may send anything. Without a token the request is only as fresh as others.
      return this.#pool.session();
    }
  }

  #unseal(text: string): string {
    return this.#secret === null ? text : readSeal(text, this.#secret);
  }

  #send(response: ServerResponse, head: unknown[], token: string, isSecure: boolean): void {
    const text = this.#secret === null ? token : seal(token, this.#secret);
    if (!this.#isCookie) {
      addHeader(response, head, this.#name, text);
      return;
    }
    const secure = (this.#secure ?? isSecure) ? '; Secure' : '';
    const age = `Max-Age=${this.#maxAgeSeconds}`;
    addHeader(
      response,
      head,
      'Set-Cookie',
      `${this.#name}=${text}; Path=/; ${age}; HttpOnly; SameSite=Lax${secure}`,
    );
  }
}

function requireThat(holds: boolean, rule: string): void {
  if (holds) return;
  throw new TailraceError('TR_POOL_OPTIONS', {
    what: 'An option of the web sessions is invalid.',
    why: `${rule}.`,
    cure: 'docs/pool-adapters.md lists every option.',
  });
}

/** The value of the first cookie of that name (RFC 6265, section 5.4); the size of all of them is limited by node:http. */
function readCookie(request: IncomingMessage, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

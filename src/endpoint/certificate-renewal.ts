import type { Logger } from 'pino';
import type { TlsTexts } from '../server/server-settings.js';
import type { RereadTls } from './endpoint-settings.js';

export interface CertificateRenewalParts {
  /** What is in use. */
  readonly tls: TlsTexts;
  readonly reread: RereadTls;
  readonly apply: (tls: TlsTexts) => void;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly everyMs: number;
}

/**
 * Certificates are renewed more often than a daemon is restarted: the files are looked at now and then, and what is new in them is used
 * for connections from then on. While they cannot be used, as in the middle of being replaced, what was read before stays.
 */
export class CertificateRenewal {
  readonly #parts: CertificateRenewalParts;
  #tls: TlsTexts;
  /** What was wrong the last time, so that it is told once. */
  #trouble = '';
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: CertificateRenewalParts) {
    this.#parts = parts;
    this.#tls = parts.tls;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#look(), this.#parts.everyMs);
    this.#timer.unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    const { reread, apply, log } = this.#parts;
    const wrong: string[] = [];
    const tls = reread((why) => wrong.push(why));
    const trouble = wrong.join('; ');
    if (tls === null) {
      if (trouble !== this.#trouble)
        log.warn({ why: trouble }, 'the certificate was replaced and cannot be used');
    } else if (tls.certificate !== this.#tls.certificate || tls.key !== this.#tls.key) {
      apply(tls);
      this.#tls = tls;
      log.info('a new certificate is used');
    }
    this.#trouble = trouble;
  }
}

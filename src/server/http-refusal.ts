import type { ErrorCode } from '../errors/error-catalogue.js';
import { type ErrorDetails, TailraceError } from '../errors/tailrace-error.js';

/** A request that is not answered with what it asks for: an HTTP status, and a coded error for the body. */
export class HttpRefusal extends TailraceError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ErrorCode,
    details: ErrorDetails,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(code, details);
    this.status = status;
    this.headers = headers;
  }

  /** 400: what is said about the request. */
  static invalid(what: string, why?: string): HttpRefusal {
    return new HttpRefusal(400, 'TR_REQUEST_INVALID', why === undefined ? { what } : { what, why });
  }

  /** 503: too many at a time. */
  static limit(what: string): HttpRefusal {
    return new HttpRefusal(503, 'TR_REQUEST_LIMIT', { what }, { 'retry-after': '1' });
  }

  /** 404. */
  static missing(what: string): HttpRefusal {
    return new HttpRefusal(404, 'TR_REQUEST_INVALID', { what });
  }

  /** What goes into the body. */
  toJSON(): Readonly<Record<string, string>> {
    const { code, what, why, cure } = this;
    return why === undefined ? { code, what, cure } : { code, what, why, cure };
  }
}

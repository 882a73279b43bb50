/** What reads of one user have to see: the transactions that were written in it. Travels as a token. */
export interface PoolSession {
  /**
   * As it is now, for the next request: letters, digits, `-`, `_` and `.` only, 2,048 characters at most; '' while nothing was written.
   */
  readonly token: string;
  /** Takes another token in, as well. Throws `TR_POOL_TOKEN`. */
  merge(token: string): void;
  /** Runs `work` in this session: everything that it starts, however deep, is part of it. */
  run<Result>(work: () => Result): Result;
}

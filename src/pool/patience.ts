/**
 * Calls back after `ms`, but not before what has arrived meanwhile was looked at: a process that was held up for a second finds its timers
 * due and the answers that it waits for unread. Gives what calls it off.
 */
export function afterPatience(ms: number, callback: () => void): () => void {
  let immediate: NodeJS.Immediate | null = null;
  const timer = setTimeout(() => {
    // Behind the timers come the sockets, and behind these the immediates; one more round for what the first one woke.
    immediate = setImmediate(() => {
      immediate = setImmediate(callback);
    });
  }, ms);
  return () => {
    clearTimeout(timer);
    if (immediate !== null) clearImmediate(immediate);
  };
}

/** What a server is asked for, unless it takes longer than `ms`: then an error says so, and whatever `promise` brings is lost. */
export function within<Result>(promise: Promise<Result>, ms: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const callOff = afterPatience(ms, () => reject(new Error(`it did not answer within ${ms} ms`)));
    void promise.then(resolve, reject).finally(callOff);
  });
}

interface Listened {
  readonly callbacks: Set<{ readonly call: () => void }>;
  readonly listener: () => void;
}

const listened = new WeakMap<AbortSignal, Listened>();

/**
 * Calls back once when `signal` is aborted; at once when it has been. Gives what calls it off. However many ask, the signal has one
 * listener: one signal of an application may end thousands of reads, and Node warns of more than ten listeners. When nobody asks any more
 * it has none, which would keep it from being collected.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const { callbacks, listener } = listened.get(signal) ?? listenTo(signal);
  const entry = { call: callback };
  callbacks.add(entry);
  return () => {
    if (!callbacks.delete(entry) || callbacks.size > 0) return;
    signal.removeEventListener('abort', listener);
    listened.delete(signal);
  };
}

function listenTo(signal: AbortSignal): Listened {
  const callbacks: Listened['callbacks'] = new Set();
  const listener = (): void => {
    for (const { call } of callbacks) call();
  };
  const created = { callbacks, listener };
  listened.set(signal, created);
  signal.addEventListener('abort', listener, { once: true });
  return created;
}

/**
 * Waits for what may not heed a signal by itself, no longer than until one of the signals aborts; rejects with its reason
 * then. What comes later is nobody's.
 */
export async function untilAborted<T>(task: Promise<T>, ...signals: readonly AbortSignal[]): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const listeners = signals.map((signal) => ({ signal, abort: () => aborted.reject(signal.reason) }));
  try {
    for (const { signal, abort } of listeners) {
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
    }
    return await Promise.race([aborted.promise, task]);
  } finally {
    for (const { signal, abort } of listeners) signal.removeEventListener("abort", abort);
  }
}

/** The time that one admission may take. */
export interface AdmissionDeadline {
  /** Aborts when the time is used up, or at `end()`: for what still waits for its turn. */
  readonly signal: AbortSignal;
  /** Whether the time was used up while the admission was under way. */
  expired(): boolean;
  /** What `promise` resolves with if it does in time, else `late`. Rejects as `promise` does. */
  within<T, L>(promise: Promise<T>, late: L): Promise<T | L>;
  /** The admission has its answer: forgets the timer and breaks off the calls. Must be called. */
  end(): void;
}

/**
 * Starts a timer of its own: no call has to keep the time. With `remainingMs` of 0 or less there is no time at all.
 */
export function startDeadline(remainingMs: number): AdmissionDeadline {
  const controller = new AbortController();
  const time = Promise.withResolvers<void>();
  let expired = false;
  const expire = (): void => {
    expired = true;
    time.resolve();
    controller.abort(new Error("The time of this admission is used up"));
  };
  const timer = remainingMs > 0 ? setTimeout(expire, remainingMs) : undefined;
  if (timer === undefined) expire();
  return {
    signal: controller.signal,
    expired: () => expired,
    within(promise, late) {
      // Whoever is late may also fail, with nobody left to hear of it.
      promise.catch(() => undefined);
      return expired ? Promise.resolve(late) : Promise.race([promise, time.promise.then(() => late)]);
    },
    end() {
      clearTimeout(timer);
      if (!expired) controller.abort(new Error("This admission is answered"));
    },
  };
}

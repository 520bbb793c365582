import { ClusterError } from "../core/errors.ts";
import type { ApiRequest } from "../core/ports.ts";

/** A signal that fires with the caller's, or by time. */
export interface Deadline {
  /** Its reason is the caller's reason, or a ClusterError `timeout`. */
  readonly signal: AbortSignal;
  /** Forgets the timer and the caller's signal; must be called. */
  cancel(): void;
}

/**
 * Bounds one request. Instead of `AbortSignal.any` and `AbortSignal.timeout`, because the caller's signal often lives as
 * long as the process: what listens to it must be taken off again.
 *
 * @param timeoutMs 0 is no limit
 */
export function createDeadline(request: Pick<ApiRequest, "method" | "path" | "signal">, timeoutMs: number): Deadline {
  const controller = new AbortController();
  const follow = () => controller.abort(request.signal?.reason);
  request.signal?.addEventListener("abort", follow, { once: true });
  if (request.signal?.aborted) follow();
  const expire = () => {
    const text = `Cannot ${request.method} ${request.path}: no complete answer within ${timeoutMs} ms`;
    controller.abort(new ClusterError("timeout", text));
  };
  const timer = timeoutMs === 0 ? undefined : setTimeout(expire, timeoutMs);
  return {
    signal: controller.signal,
    cancel() {
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", follow);
    },
  };
}

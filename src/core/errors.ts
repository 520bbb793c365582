/** Why a call to the API server failed, as far as a caller can act on it. The set is closed. */
export type ErrorCode =
  | "bad-request" // 400, 405, 415: the request itself is wrong
  | "unauthorized" // 401
  | "forbidden" // 403: RBAC or admission
  | "not-found" // 404
  | "conflict" // 409
  | "gone" // 410: the resourceVersion is too old, list again
  | "invalid" // 422: validation, a failed `test` of a JSON patch, or an admission policy
  | "throttled" // 429
  | "unavailable" // 5xx, a broken connection, an answer that is not JSON
  | "timeout"; // no answer within the limit of the call

/** What is known about a failure beside its code. */
export interface ClusterErrorDetails {
  /** HTTP status, if the API server answered. */
  readonly status?: number;
  /** What the API server asked for in `Retry-After`, in milliseconds. */
  readonly retryAfterMs?: number;
  /** `metav1.Status.reason` of the answer, such as `AlreadyExists`. */
  readonly reason?: string;
  readonly cause?: unknown;
}

/** A failed call to the API server. The message never holds a body, only what failed on what. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly code: ErrorCode;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly reason: string | undefined;

  constructor(code: ErrorCode, message: string, details: ClusterErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.reason = details.reason;
  }
}

/** Whether `error` is a {@link ClusterError} with one of `codes`. */
export function isClusterError(error: unknown, ...codes: readonly ErrorCode[]): error is ClusterError {
  return error instanceof ClusterError && (codes.length === 0 || codes.includes(error.code));
}

/** The text of a failure for a log line or an Event: a `ClusterError` names what failed on what, and holds no body. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

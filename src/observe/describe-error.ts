/** What of an error may be logged. */
export interface ErrorDescription {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly status?: number;
  readonly reason?: string;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
}

const longestMessage = 1_024;
const deepestCause = 4;

/**
 * The parts of an error that are safe to log: never a body, a request or other fields that libraries hang on errors.
 * An error that carries a `body` (as the Kubernetes client's does) repeats it in its message: that message is left out.
 */
export function describeError(error: unknown, options: { readonly stack: boolean }, depth = 0): ErrorDescription {
  if (!(error instanceof Error))
    return { type: typeof error, message: typeof error === "string" ? cut(error) : "not an error" };
  const hasBody = "body" in error;
  const details = { code: fieldOf(error, "code"), status: fieldOf(error, "status"), reason: fieldOf(error, "reason") };
  return {
    type: error.name,
    message: hasBody ? "message left out: it repeats a body" : cut(error.message),
    ...(typeof details.code === "string" || typeof details.code === "number" ? { code: details.code } : {}),
    ...(typeof details.status === "number" ? { status: details.status } : {}),
    ...(typeof details.reason === "string" ? { reason: cut(details.reason) } : {}),
    ...(options.stack && !hasBody && error.stack !== undefined ? { stack: error.stack } : {}),
    ...(error.cause !== undefined && depth < deepestCause
      ? { cause: describeError(error.cause, options, depth + 1) }
      : {}),
  };
}

function fieldOf(error: Error, name: string): unknown {
  return Reflect.get(error, name);
}

function cut(text: string): string {
  return text.length <= longestMessage ? text : `${text.slice(0, longestMessage)}…`;
}

import { STATUS_CODES } from "node:http";
import { ClusterError, type ErrorCode } from "../core/errors.ts";
import { errorCode, parseRetryAfter } from "../core/http-failure.ts";
import type { ApiRequest } from "../core/ports.ts";

/** The part of `metav1.Status` that is read; it also arrives as the object of an ERROR event of a watch. */
export interface StatusBody {
  readonly kind?: unknown;
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: { readonly retryAfterSeconds?: unknown };
}

// Admission and validation messages quote values, and may be as long as those.
const maxMessage = 500;

/** The error of an answer with an HTTP status of 300 or more. Nothing of the body but `metav1.Status` is used. */
export function statusError(
  request: Pick<ApiRequest, "method" | "path">,
  answer: { readonly status: number; readonly body: unknown; readonly retryAfter?: string | undefined },
): ClusterError {
  const body = isStatus(answer.body) ? answer.body : undefined;
  const message = typeof body?.message === "string" ? body.message.trim() : "";
  const summary = `${answer.status} ${STATUS_CODES[answer.status] ?? ""}`.trim();
  const retryAfterMs = parseRetryAfter(answer.retryAfter, Date.now()) ?? secondsToMs(body?.details?.retryAfterSeconds);
  return new ClusterError(
    codeOf(answer.status),
    `Cannot ${request.method} ${request.path}: ${summary}${message === "" ? "" : `: ${shorten(message)}`}`,
    {
      status: answer.status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(typeof body?.reason === "string" ? { reason: body.reason } : {}),
    },
  );
}

/** The error of a request that got no complete answer: a broken connection, a refused one, a time-out of the transport. */
export function transportError(request: Pick<ApiRequest, "method" | "path">, cause: unknown): ClusterError {
  if (cause instanceof ClusterError) return cause;
  const code = errorCode(cause);
  const text = cause instanceof Error && cause.message !== "" ? cause.message : (code ?? "connection failed");
  return new ClusterError(
    code === "ETIMEDOUT" ? "timeout" : "unavailable",
    `Cannot ${request.method} ${request.path}: ${shorten(text)}`,
    { cause },
  );
}

function codeOf(status: number): ErrorCode {
  if (status >= 500 || status < 400) return "unavailable";
  return clientErrors[status] ?? "bad-request";
}

const clientErrors: Readonly<Record<number, ErrorCode>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  410: "gone",
  422: "invalid",
  429: "throttled",
};

function isStatus(body: unknown): body is StatusBody {
  return typeof body === "object" && body !== null && "kind" in body && body.kind === "Status";
}

function secondsToMs(seconds: unknown): number | undefined {
  return typeof seconds === "number" && seconds > 0 ? seconds * 1000 : undefined;
}

function shorten(text: string): string {
  return text.length <= maxMessage ? text : `${text.slice(0, maxMessage - 1)}…`;
}

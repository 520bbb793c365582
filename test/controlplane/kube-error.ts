import type { RawResponse } from "./kube-transport.ts";

/** A refusal of the API server. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  /** HTTP status. */
  readonly status: number;
  /** `reason` of the Status object, such as "AlreadyExists"; "" if there is none. */
  readonly reason: string;

  constructor(request: string, { status, body }: RawResponse) {
    const { message = body, reason = "" } = parseStatus(body);
    super(`Cannot ${request}: ${status} ${reason}: ${message}`);
    this.status = status;
    this.reason = reason;
  }
}

/** What `call` gives, or undefined if the API server answers 404. */
export async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return undefined;
    throw error;
  }
}

function parseStatus(body: string): { message?: string; reason?: string } {
  try {
    return JSON.parse(body) as { message?: string; reason?: string };
  } catch {
    return {};
  }
}

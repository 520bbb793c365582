import type { Logger } from "../src/core/ports.ts";
import type { WorkloadKinds } from "../src/core/workload-kinds.ts";
import type { WebhookMetrics } from "../src/observe/webhook-metrics.ts";
import { startDeadline } from "./admission-deadline.ts";
import { type AdmissionRequest, allowed, parseAdmissionReview, patched } from "./admission-review.ts";
import { limitWarnings } from "./limit-warnings.ts";
import { afterFailure, type Mutate, type Mutation } from "./mutate.ts";

/** Answers a body with a body: whatever it is, the answer lets it through. Never rejects. */
export type HandleAdmission = (body: string, arrivedAt: number) => Promise<string>;

/** What the handler works with. */
export interface AdmissionHandlerDeps {
  readonly kinds: WorkloadKinds;
  readonly mutate: Mutate;
  readonly log: Logger;
  readonly metrics: Pick<WebhookMetrics, "admissions" | "duration" | "invalidAnnotations">;
  /** Milliseconds, monotonic; `arrivedAt` is of the same clock. @default performance.now */
  readonly now?: () => number;
}

/** Limits of the handler. */
export interface AdmissionHandlerOptions {
  /** From the arrival of a request to its answer. */
  readonly timeoutMs: number;
  /**
   * How many admissions may read at the same time; more are answered at once with what is stored. An API server has at
   * most 200 changes under way (`--max-mutating-requests-inflight`).
   *
   * @default 200
   */
  readonly parallel?: number;
}

/** Puts the rules between a review and its answer, within the time there is. */
export function createAdmissionHandler(deps: AdmissionHandlerDeps, options: AdmissionHandlerOptions): HandleAdmission {
  const now = deps.now ?? (() => performance.now());
  const { timeoutMs, parallel = 200 } = options;
  let underWay = 0;

  async function decide(request: AdmissionRequest, arrivedAt: number): Promise<Mutation> {
    const deadline = startDeadline(underWay < parallel ? timeoutMs - (now() - arrivedAt) : 0);
    underWay++;
    try {
      return await deps.mutate(request, deadline);
    } catch (error) {
      deps.log.error({ err: error, uid: request.uid, workload: nameOf(request) }, "Cannot decide about an admission");
      return afterFailure(request, deps.kinds);
    } finally {
      underWay--;
      deadline.end();
    }
  }

  return async (body, arrivedAt) => {
    const parsedAt = now();
    const parsed = parseAdmissionReview(body);
    if (parsed.is === "unreadable") {
      deps.log.warn({ uid: parsed.uid, problem: parsed.problem }, "Cannot read an admission review");
      const warnings = limitWarnings([`cannot read the admission review: ${parsed.problem}; nothing was changed`]);
      return allowed(parsed.uid, { warnings, outcome: "error" });
    }
    const { request } = parsed;
    const mutation = await decide(request, arrivedAt).catch(() => nothingDone);
    const ms = now() - parsedAt;
    report(deps, { request, mutation, ms });
    const remarks = { warnings: limitWarnings(mutation.warnings), outcome: mutation.outcome };
    return mutation.operations.length === 0
      ? allowed(request.uid, remarks)
      : patched(request.uid, mutation.operations, remarks);
  };
}

/** Even the least that can be done has failed. */
const nothingDone: Mutation = {
  outcome: "error",
  operations: [],
  warnings: ["an internal error: this change goes through as it is"],
  problems: 0,
};

function report(
  { log, metrics }: AdmissionHandlerDeps,
  { request, mutation, ms }: { request: AdmissionRequest; mutation: Mutation; ms: number },
): void {
  const { outcome } = mutation;
  const { uid, operation } = request;
  if (operation === "CREATE" || operation === "UPDATE") {
    metrics.admissions.inc({ operation, outcome });
    metrics.duration.observe({ operation }, ms / 1_000);
  }
  if (mutation.problems > 0) metrics.invalidAnnotations.inc({}, mutation.problems);
  const line = { uid, workload: nameOf(request), operation, outcome, ms: Math.round(ms * 10) / 10 };
  if (outcome === "error" || outcome === "timeout") log.warn({ ...line, warnings: mutation.warnings }, "Admission");
  else if (outcome === "stamped" || outcome === "carried") log.info(line, "Admission");
  else log.debug(line, "Admission");
}

/** `Deployment shop/cart`; what a request says may be of any length. */
function nameOf({ kind, namespace, name }: AdmissionRequest): string {
  return `${kind} ${namespace}/${name}`.slice(0, 600);
}

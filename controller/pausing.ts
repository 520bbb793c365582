import { at, isObject } from "../src/core/json.ts";
import { resourcePath } from "../src/core/object-ref.ts";
import type { Policy, PolicyRules } from "../src/core/policy.ts";
import { pausedAtKeys } from "../src/core/policy.ts";
import type { ApiClient } from "../src/core/ports.ts";
import { escapePointer, type PatchOperation } from "../src/core/stamp-patch.ts";
import { fieldManager, type Workload } from "../src/core/workload.ts";
import { isRefusalOrGone, readLive } from "./actions/refusal.ts";

/** A pause of restamp's, or of what it has replaced, on the object itself: it survives restarts and changes of the leader. */
export interface OwnPause {
  /** The annotation that tells since when. */
  readonly key: string;
  readonly text: string;
  /** When rollouts go on, in milliseconds since the epoch: at once where nobody asks for pauses any more. */
  readonly until: number;
}

/**
 * The pause that a workload is in, or was in until somebody else resumed it. One that its users made is none: it has no
 * annotation, and they end it.
 */
export function ownPause(
  workload: Workload,
  { policy, rules, now }: { readonly policy: Policy; readonly rules: PolicyRules; readonly now: number },
): OwnPause | undefined {
  if (!workload.kind.pausable) return undefined;
  for (const key of pausedAtKeys(rules)) {
    const text = workload.marks.annotations[key];
    if (text === undefined) continue;
    const [since, period] = [Date.parse(text), policy.pause?.milliseconds ?? 0];
    // A time that cannot be read, or is far ahead, ends the pause: nothing stays paused for ever.
    const isTime = since <= now + period;
    return { key, text, until: isTime ? since + period : 0 };
  }
  return undefined;
}

/**
 * The operations that pause a live object from `now` on: all changes until the end of the pause become one rollout. One that
 * its users have paused is left to them.
 */
export function pauseOperations(object: unknown, pausedAt: string, now: number): readonly PatchOperation[] {
  const paused = at(object, ["spec", "paused"]) ?? null;
  if (paused === true) return [];
  const value = new Date(now).toISOString().replace(/\.\d+Z$/, "Z");
  const map = "/metadata/annotations";
  const annotate: PatchOperation = !isObject(at(object, ["metadata", "annotations"]))
    ? { op: "add", path: map, value: { [pausedAt]: value } }
    : { op: "add", path: `${map}/${escapePointer(pausedAt)}`, value };
  const guard: PatchOperation = { op: "test", path: "/spec/paused", value: paused };
  return [annotate, guard, { op: "add", path: "/spec/paused", value: true }];
}

/** What came of ending a pause, with the object as it is now. */
export type Resumption =
  | { readonly is: "resumed" | "outdated"; readonly object?: unknown }
  | { readonly is: "gone"; readonly object?: undefined }
  /** The API server refuses: an admission policy, validation or RBAC. */
  | { readonly is: "rejected"; readonly message: string; readonly object?: undefined };

/**
 * Ends a pause: whatever was gathered rolls out now. Where somebody else has ended it, only its annotation goes: a pause that
 * users begin later would look like it. Throws `ClusterError` for what is not refused.
 */
export async function resume(
  api: ApiClient,
  workload: Workload,
  { pause, signal }: { readonly pause: OwnPause; readonly signal: AbortSignal },
): Promise<Resumption> {
  const annotation = `/metadata/annotations/${escapePointer(pause.key)}`;
  const unpause: readonly PatchOperation[] = [
    { op: "test", path: "/spec/paused", value: true },
    { op: "replace", path: "/spec/paused", value: false },
  ];
  const body: readonly PatchOperation[] = [
    { op: "test", path: "/metadata/uid", value: workload.uid },
    { op: "test", path: annotation, value: pause.text },
    { op: "remove", path: annotation },
    ...(workload.paused ? unpause : []),
  ];
  const path = resourcePath(workload.kind, { namespace: workload.namespace, name: workload.name });
  const contentType = "application/json-patch+json";
  try {
    const request = { path, contentType, query: { fieldManager }, body, signal };
    const object = await api.request<unknown>({ method: "PATCH", ...request });
    return { is: workload.paused ? "resumed" : "outdated", object };
  } catch (error) {
    if (!isRefusalOrGone(error)) throw error;
    const live = await readLive(api, workload, signal);
    const rejected = { is: "rejected", message: error.message } as const;
    if (live.is === "rejected") return rejected;
    if (live.is !== "found") return live;
    const { object } = live;
    // Still as it was: it was a refusal.
    const isPaused = at(object, ["spec", "paused"]) === true;
    const isNoted = at(object, ["metadata", "annotations", pause.key]) === pause.text;
    if (isPaused === workload.paused && isNoted) return rejected;
    return { is: "outdated", object };
  }
}

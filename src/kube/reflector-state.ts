import type { ErrorCode } from "../core/errors.ts";
import { isClusterError } from "../core/errors.ts";
import type { Clock, Logger, Watched } from "../core/ports.ts";
import { resourceName } from "./watched-requests.ts";

/** How a reflector is doing, for readiness and `/metrics`. */
export interface ReflectorState {
  /** `secrets` or `rollouts.argoproj.io`. */
  readonly resource: string;
  /** `absent`: the API does not exist in this cluster (yet); counts as synced with nothing. */
  readonly phase: "starting" | "synced" | "absent";
  /** What keeps it from following changes right now. */
  readonly failure?: ReflectorFailure;
}

/** Why a reflector cannot follow its resource. */
export interface ReflectorFailure {
  /** Such as `Cannot list secrets: forbidden, grant "list" on "secrets"`. */
  readonly message: string;
  readonly code: ErrorCode;
  /** When the first failure in a row happened, in milliseconds since the epoch. */
  readonly sinceMs: number;
  /** RBAC verbs that are known to be missing. */
  readonly missingVerbs: readonly string[];
}

/** Keeps the state of one reflector and logs its changes, not its repetitions. */
export interface StateKeeper {
  current(): ReflectorState;
  synced(phase: "synced" | "absent"): void;
  /** A watch is open: whatever was wrong is over. */
  recovered(): void;
  /** `forbidden`: the verbs that were refused in this attempt. */
  failed(error: unknown, forbidden: readonly string[]): ReflectorFailure;
}

/** Starts in phase `starting`. */
export function createStateKeeper(deps: { watched: Watched; log: Logger; clock: Clock }): StateKeeper {
  const resource = resourceName(deps.watched);
  let phase: ReflectorState["phase"] = "starting";
  let failure: ReflectorFailure | undefined;
  return {
    current: () => ({ resource, phase, ...(failure === undefined ? {} : { failure }) }),
    synced(next) {
      if (phase !== next) deps.log.info({ resource, phase: next }, "Watched resource changed its state");
      phase = next;
    },
    recovered() {
      if (failure !== undefined) deps.log.info({ resource }, "Watch works again");
      failure = undefined;
    },
    failed(error, forbidden) {
      const message = failureText(deps.watched, error, forbidden);
      const code = isClusterError(error) ? error.code : "unavailable";
      if (failure?.message !== message) deps.log.warn({ resource, code, error: message }, "Watch failed, trying again");
      failure = { message, code, sinceMs: failure?.sinceMs ?? deps.clock.now(), missingVerbs: forbidden };
      return failure;
    },
  };
}

function failureText(watched: Watched, error: unknown, forbidden: readonly string[]): string {
  const [verb] = forbidden;
  if (verb === undefined) return error instanceof Error ? error.message : String(error);
  const verbs = forbidden.map((each) => `"${each}"`).join(" and ");
  const where = watched.namespace === undefined ? "" : ` in namespace "${watched.namespace}"`;
  const resource = resourceName(watched);
  return `Cannot ${verb} ${resource}${where}: forbidden, grant ${verbs} on "${resource}"`;
}

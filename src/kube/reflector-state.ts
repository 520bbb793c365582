import { formatDuration } from "../core/duration.ts";
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
  /** It may list but not watch, so it lists again and again: no failure, but slower and more load. */
  readonly polling?: Polling;
}

/** How a resource is followed that may not be watched. */
export interface Polling {
  /** What right is missing and what that costs, such as `Cannot watch deployments.apps: forbidden; …`. */
  readonly message: string;
  readonly everyMs: number;
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
  /** A listing is complete, and may not be followed by a watch: the next one comes in `everyMs`. `forbidden`: missing verbs. */
  polled(everyMs: number, forbidden: readonly string[]): void;
  /** `forbidden`: the verbs that were refused in this attempt. */
  failed(error: unknown, forbidden: readonly string[]): ReflectorFailure;
}

/** Starts in phase `starting`. */
export function createStateKeeper(deps: { watched: Watched; log: Logger; clock: Clock }): StateKeeper {
  const resource = resourceName(deps.watched);
  let phase: ReflectorState["phase"] = "starting";
  let failure: ReflectorFailure | undefined;
  let polling: Polling | undefined;
  return {
    current: () => ({
      ...{ resource, phase },
      ...(failure === undefined ? {} : { failure }),
      ...(polling === undefined ? {} : { polling }),
    }),
    synced(next) {
      if (phase !== next) deps.log.info({ resource, phase: next }, "Watched resource changed its state");
      phase = next;
    },
    recovered() {
      if (failure !== undefined || polling !== undefined) deps.log.info({ resource }, "Watch works again");
      failure = undefined;
      polling = undefined;
    },
    polled(everyMs, forbidden) {
      const message = pollingText(deps.watched, everyMs, forbidden);
      if (polling === undefined)
        deps.log.warn({ resource, reason: message }, "Watch is forbidden, listing again and again");
      else if (failure !== undefined) deps.log.info({ resource }, "List works again");
      failure = undefined;
      polling = { message, everyMs };
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
  return `Cannot ${verb} ${described(watched)}: forbidden, ${grant(watched, forbidden)}`;
}

/** What it costs not to be allowed to watch. */
function pollingText(watched: Watched, everyMs: number, forbidden: readonly string[]): string {
  const every = `every ${formatDuration(everyMs)}`;
  const instead = watched.name === undefined ? `all of them are listed ${every}` : `it is read ${every}`;
  const cost = "changes are seen that much later, at a cost for the API server";
  return `Cannot watch ${described(watched)}: forbidden, so ${instead}: ${cost}; ${grant(watched, forbidden)}`;
}

function grant(watched: Watched, verbs: readonly string[]): string {
  return `grant ${verbs.map((verb) => `"${verb}"`).join(" and ")} on "${resourceName(watched)}"`;
}

function described(watched: Watched): string {
  const name = watched.name === undefined ? "" : ` "${watched.name}"`;
  const where = watched.namespace === undefined ? "" : ` in namespace "${watched.namespace}"`;
  return `${resourceName(watched)}${name}${where}`;
}

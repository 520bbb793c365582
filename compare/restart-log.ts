import { asString, at } from "../src/core/json.ts";
import type { ReflectorHandler } from "../src/core/ports.ts";
import { reloadReasons } from "../src/core/reloader/reload-event.ts";
import { restartReporter } from "../src/core/restart-event.ts";
import {
  readToldEvent,
  readToldFailure,
  restartsOf,
  type Side,
  type ToldEvent,
  type ToldFailure,
  type ToldRestart,
} from "../src/core/told-event.ts";

/** Everything that Events have told of restarts, also after they have expired. */
export interface RestartLog {
  /** What a reflector of one selection tells, or a listing. */
  handler(): ReflectorHandler<unknown>;
  restarts(): readonly ToldRestart[];
  failures(): readonly ToldFailure[];
  /** How often each side has told of a restart. */
  counts(): Readonly<Record<Side, number>>;
  /** Whether restamp has told that it restarts workloads itself. */
  isEnforced(): boolean;
  /** How many restarts were dropped because there were too many, the oldest first. */
  dropped(): number;
}

/** The field selectors of the Events that tell of restarts: the API server knows no "or", and no Event is in two of them. */
export const eventSelections: readonly string[] = [
  `reason=${reloadReasons.reloaded},reportingComponent!=${restartReporter}`,
  `reason=${reloadReasons.failed}`,
  `reportingComponent=${restartReporter}`,
];

/** An empty log, which never has more than `mostRestarts`. */
export function createRestartLog({ mostRestarts }: { readonly mostRestarts: number }): RestartLog {
  const restarts: ToldRestart[] = [];
  const failures = new Map<string, ToldFailure>();
  const counts = { reloader: 0, restamp: 0 };
  let [dropped, enforced] = [0, false];

  function take(event: unknown, seen: Map<string, Seen>): void {
    const failure = readToldFailure(event);
    if (failure !== undefined) keepFailure(failures, failure, mostRestarts);
    const told = readToldEvent(event);
    if (told === undefined) return;
    if (told.side === "restamp" && told.enforced) enforced = true;
    const fresh = restartsOf(told, seen.get(told.uid));
    seen.set(told.uid, { count: told.count, last: told.last });
    counts[told.side] += fresh.length;
    restarts.push(...fresh);
    if (restarts.length <= mostRestarts) return;
    // A tenth more than needed: it is not to be done for each one that follows.
    const surplus = restarts.length - Math.floor(mostRestarts * 0.9);
    dropped += restarts.splice(0, surplus).length;
  }

  return {
    handler() {
      /** What this selection has told of already, for as long as the Event exists. */
      const seen = new Map<string, Seen>();
      let listed = new Set<string>();
      return {
        listing() {
          listed = new Set();
        },
        item(event) {
          listed.add(uidOf(event));
          take(event, seen);
        },
        listed() {
          for (const uid of seen.keys()) if (!listed.has(uid)) seen.delete(uid);
        },
        event(type, event) {
          if (type === "deleted") seen.delete(uidOf(event));
          else take(event, seen);
        },
      };
    },
    restarts: () => restarts,
    failures: () => [...failures.values()],
    counts: () => counts,
    isEnforced: () => enforced,
    dropped: () => dropped,
  };
}

type Seen = Pick<ToldEvent, "count" | "last">;

/** The latest of each workload. */
function keepFailure(failures: Map<string, ToldFailure>, failure: ToldFailure, most: number): void {
  const { kind, namespace, name } = failure.workload;
  const key = `${kind}/${namespace}/${name}`;
  const known = failures.get(key);
  if (known !== undefined && known.last > failure.last) return;
  failures.delete(key);
  failures.set(key, failure);
  const [oldest] = failures.keys();
  if (failures.size > most && oldest !== undefined) failures.delete(oldest);
}

function uidOf(event: unknown): string {
  return asString(at(event, ["metadata", "uid"])) ?? "";
}

import { keepNewest } from "../src/core/bounded.ts";
import { disturbed, type Pace, type Unrest } from "../src/core/pacing.ts";
import type { ReflectorHandler } from "../src/core/ports.ts";
import { type Workload, workloadKey } from "../src/core/workload.ts";
import type { WorkloadKind } from "../src/core/workload-kinds.ts";
import { type Advances, createAdvances, noteTemplate } from "./advances.ts";

/** How this process came to know the template that a workload has now. */
export type Sighting =
  | { readonly by: "list" }
  /** The watch reported it at this resourceVersion. `newPods`: its pods have been started since. */
  | { readonly by: "watch"; readonly since: number; readonly newPods: boolean };

/** What was last concluded about a workload's pods. */
export interface Conclusion {
  /** The template it was about: its name, and the stamp on it. */
  readonly hash: string;
  readonly stamp: string | undefined;
  /** What its pods run with, as the text of a stamp. */
  readonly text: string;
}

/** One workload and what this process remembers of it. Everything but `workload` may be lost in a restart without harm. */
export interface TrackedWorkload {
  readonly key: string;
  workload: Workload;
  sighting: Sighting;
  /** Templates that it had before, as far as this process saw them. */
  readonly former: Set<string>;
  /** Whether this process has seen it since its creation, and so every template it had. */
  readonly sinceCreation: boolean;
  conclusion: Conclusion | undefined;
  unrest: Unrest | undefined;
  /** Keys of its sources that have changed since its pods were started, by stamp entry. */
  readonly changedKeys: Map<string, ChangedKeys>;
  pace: Pace | undefined;
  /** What this process has written to it since it leads. */
  advances: Advances;
  /** Seen outside restamp's reach, by its Namespace's word or by its own: it is adopted when it is seen to come back. */
  left: "namespace" | "workload" | undefined;
  /** How many listings had been asked for when this process last wrote it; -1 if it never did. */
  writtenIn: number;
  /** Stamp entries of its sources that were ignored when it was last looked at. */
  ignored: ReadonlySet<string>;
}

/** Names of changed keys, and how many keys the source has. */
export interface ChangedKeys {
  readonly names: Set<string>;
  total: number;
}

/** The workloads of the cluster, kept equal to it by reflectors. */
export interface WorkloadStore {
  get(key: string): TrackedWorkload | undefined;
  all(): Iterable<TrackedWorkload>;
  inNamespace(namespace: string): readonly TrackedWorkload[];
  /** What a reflector of the kind tells, of one namespace or of all. */
  handler(kind: WorkloadKind, namespace: string | undefined): ReflectorHandler<Workload>;
  /** Takes in the answer to a write of our own, before the watch reports it. */
  written(workload: Workload): void;
}

/** Told of what a reflector reported, after it was taken in. */
export interface WorkloadStoreDeps {
  readonly now: () => number;
  /** `template`: whether the pod template is new or has changed. */
  readonly onChange: (tracked: TrackedWorkload, template: boolean) => void;
  /** `deleted`: certainly, by a watch or by another in its place; what a listing lacks may be back as it was. */
  readonly onGone: (tracked: TrackedWorkload, deleted: boolean) => void;
}

/** An empty store. */
export function createWorkloadStore(deps: WorkloadStoreDeps): WorkloadStore {
  const workloads = new Map<string, TrackedWorkload>();
  const byNamespace = new Map<string, Set<string>>();
  /** Listings that were asked for. */
  let listings = 0;

  function remove(key: string, deleted: boolean): void {
    const tracked = workloads.get(key);
    if (tracked === undefined) return;
    workloads.delete(key);
    const { namespace } = tracked.workload;
    byNamespace.get(namespace)?.delete(key);
    if (byNamespace.get(namespace)?.size === 0) byNamespace.delete(namespace);
    deps.onGone(tracked, deleted);
  }

  function take(workload: Workload, by: "list" | "added" | "modified"): void {
    const key = workloadKey(workload);
    const tracked = workloads.get(key);
    if (tracked !== undefined && tracked.workload.uid === workload.uid) {
      update(tracked, workload, by);
      return;
    }
    remove(key, true);
    const created = by === "added";
    const sighting: Sighting = created
      ? { by: "watch", since: workload.resourceVersion, newPods: true }
      : { by: "list" };
    const fresh = { ...startingState(), key, workload, sighting, sinceCreation: created };
    if (created) fresh.unrest = disturbed(undefined, deps.now());
    workloads.set(key, fresh);
    const namespace = byNamespace.get(workload.namespace) ?? new Set<string>();
    byNamespace.set(workload.namespace, namespace.add(key));
    deps.onChange(fresh, true);
  }

  function update(tracked: TrackedWorkload, workload: Workload, by: "list" | "added" | "modified"): void {
    const before = tracked.workload;
    // A write of our own is known from its answer before the watch reports it, and perhaps what came before that.
    if (workload.resourceVersion < before.resourceVersion && by !== "list") return;
    tracked.workload = workload;
    const changed = before.template?.hash !== workload.template?.hash;
    if (changed) takeTemplate(tracked, before, by);
    if (changed || saysOtherwise(before, workload)) deps.onChange(tracked, changed);
  }

  function takeTemplate(tracked: TrackedWorkload, before: Workload, by: "list" | "added" | "modified"): void {
    const { template, resourceVersion } = tracked.workload;
    if (before.template !== undefined) tracked.former.add(before.template.hash);
    keepNewest(tracked.former, mostFormer);
    // Pods of a template from before the last one can be alive, to be kept by an undo, only while a rollout is under way.
    const newPods = before.onlyCurrentPods;
    tracked.sighting = by === "list" ? { by: "list" } : { by: "watch", since: resourceVersion, newPods };
    const isOwn = noteTemplate(tracked.advances, { before: before.template, now: template }, deps.now());
    // A write of our own is no sign of more to come.
    if (!isOwn) tracked.unrest = disturbed(tracked.unrest, deps.now());
  }

  return {
    get: (key) => workloads.get(key),
    all: () => workloads.values(),
    inNamespace: (namespace) => [...(byNamespace.get(namespace) ?? [])].flatMap((key) => workloads.get(key) ?? []),
    written(workload) {
      const tracked = workloads.get(workloadKey(workload));
      if (tracked?.workload.uid !== workload.uid) return;
      tracked.writtenIn = listings;
      update(tracked, workload, "modified");
    },
    handler(kind, only) {
      let listed = new Set<string>();
      let listing = 0;
      /** Asked for before a write of our own whose answer came first: taking it would look like somebody undoing the write. */
      const isOvertaken = (workload: Workload): boolean => {
        const known = workloads.get(workloadKey(workload));
        return (
          known?.workload.uid === workload.uid &&
          known.writtenIn >= listing &&
          workload.resourceVersion < known.workload.resourceVersion
        );
      };
      return {
        asking() {
          listing = ++listings;
        },
        listing() {
          listed = new Set();
        },
        item(workload) {
          listed.add(workloadKey(workload));
          if (!isOvertaken(workload)) take(workload, "list");
        },
        listed() {
          for (const { key, workload } of [...workloads.values()]) {
            const isOfThese = workload.kind === kind && (only === undefined || workload.namespace === only);
            if (isOfThese && !listed.has(key)) remove(key, false);
          }
          listed = new Set();
        },
        knows({ namespace = "", name = "", uid, resourceVersion }) {
          const known = workloads.get(workloadKey({ kind, namespace, name }))?.workload;
          return known !== undefined && known.uid === uid && known.resourceVersion === Number(resourceVersion);
        },
        event(type, workload) {
          if (type === "deleted") remove(workloadKey(workload), true);
          else take(workload, type);
        },
      };
    },
  };
}

/** Far more than a workload can be taken back to: a Deployment keeps ten by default. */
const mostFormer = 64;

function startingState() {
  return {
    former: new Set<string>(),
    conclusion: undefined,
    unrest: undefined as Unrest | undefined,
    changedKeys: new Map<string, ChangedKeys>(),
    pace: undefined,
    advances: createAdvances(),
    left: undefined as TrackedWorkload["left"],
    writtenIn: -1,
    ignored: new Set<string>(),
  };
}

/** Whether anything but status has changed that a decision or a message depends on. */
function saysOtherwise(before: Workload, now: Workload): boolean {
  const said = ({ marks, ended, owner, templateFrom, effect }: Workload): string =>
    JSON.stringify([marks, ended, owner, templateFrom, effect]);
  return said(before) !== said(now);
}

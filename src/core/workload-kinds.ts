import { type Resource, resourceName } from "./object-ref.ts";
import { quote } from "./quote.ts";

/** One kind of workload: where it is served, where its pod template lies, and what a changed template means for it. */
export interface WorkloadKind extends Resource {
  /** Path of the pod template inside the object. */
  readonly templatePath: readonly string[];
  /** Path of a reference to the object that holds the template instead, of a kind that may have one. */
  readonly templateRefPath?: readonly string[];
  /**
   * Whether a stamp may be written to its template: `false` where the template is immutable, so that a later PUT
   * without the stamp would be rejected (https://kubernetes.io/docs/concepts/workloads/controllers/job/). Such a
   * workload's digests are kept in the ledger only.
   */
  readonly stampable: boolean;
  /** Part of every cluster, or an API that may be missing and may appear later. */
  readonly builtIn: boolean;
  /** Configured by an operator: nothing is known of what its controller does with a changed template. */
  readonly custom: boolean;
  /** `spec.paused` holds back what a changed template would do. */
  readonly pausable: boolean;
  /** Where its status counts its pods, if it does. */
  readonly podCounts?: PodCounts;
}

/** Two fields of `status`: how many pods there are, and how many of them are of the current template. */
export interface PodCounts {
  readonly all: string;
  readonly current: string;
}

const replicas: PodCounts = { all: "replicas", current: "updatedReplicas" };

/** The kinds of workload of one process, as its options decide. */
export interface WorkloadKinds {
  /** The kinds that are followed. */
  readonly all: readonly WorkloadKind[];
  /** The kinds that are known, followed or not: what one of them controls has its template from there. */
  readonly known: readonly WorkloadKind[];
  /** The row of a kind that is followed, by API group and kind or plural name. */
  find(group: string, kindOrResource: string): WorkloadKind | undefined;
  /** Whether objects of this kind make others from their pod template. */
  owns(owner: Owner | undefined): boolean;
}

/** The kind of an object's controller. */
export interface Owner {
  readonly group: string;
  readonly kind: string;
}

/** See the options of the same names. */
export interface WorkloadKindsOptions {
  readonly customWorkloads?: readonly WorkloadKind[] | undefined;
  /** @default true */
  readonly argoRollouts?: boolean | undefined;
  /** @default true */
  readonly deploymentConfigs?: boolean | undefined;
  /** Plural names, such as `jobs` or `rollouts.argoproj.io`. */
  readonly ignoredWorkloadTypes?: readonly string[] | undefined;
}

/** The kinds of workload that restamp knows by itself. A new kind is a new row. */
export const workloadKinds: readonly WorkloadKind[] = [
  row("apps", "v1", "deployments", "Deployment", { pausable: true, podCounts: replicas }),
  row("apps", "v1", "statefulsets", "StatefulSet", { podCounts: replicas }),
  row("apps", "v1", "daemonsets", "DaemonSet", {
    podCounts: { all: "currentNumberScheduled", current: "updatedNumberScheduled" },
  }),
  row("batch", "v1", "cronjobs", "CronJob", { templatePath: ["spec", "jobTemplate", "spec", "template"] }),
  row("batch", "v1", "jobs", "Job", { stampable: false }),
  // https://argo-rollouts.readthedocs.io/en/stable/migrating/
  row("argoproj.io", "v1alpha1", "rollouts", "Rollout", {
    builtIn: false,
    pausable: true,
    podCounts: replicas,
    templateRefPath: ["spec", "workloadRef"],
  }),
  // https://docs.okd.io/latest/rest_api/workloads_apis/deploymentconfig-apps-openshift-io-v1.html
  row("apps.openshift.io", "v1", "deploymentconfigs", "DeploymentConfig", {
    builtIn: false,
    pausable: true,
    podCounts: replicas,
  }),
];

/** The kinds that the options decide on. What {@link workloadKindsProblems} complains of is left out. */
export function createWorkloadKinds(options: WorkloadKindsOptions = {}): WorkloadKinds {
  const customs = options.customWorkloads ?? [];
  const known = [
    ...workloadKinds,
    ...customs.filter((kind, index) => clash(kind, customs.slice(0, index)) === undefined),
  ];
  const off = new Set(options.ignoredWorkloadTypes);
  if (options.argoRollouts === false) off.add("rollouts.argoproj.io");
  if (options.deploymentConfigs === false) off.add("deploymentconfigs.apps.openshift.io");
  const all = known.filter((kind) => !namesOf(kind).some((name) => off.has(name)));
  const owners = new Set(known.map(({ group, kind }) => `${kind}.${group}`));
  const found = new Map<string, WorkloadKind>();
  for (const each of all) {
    found.set(`${each.kind}.${each.group}`, each);
    found.set(`${each.resource}.${each.group}`, each);
  }
  return {
    all,
    known,
    find: (group, kindOrResource) => found.get(`${kindOrResource}.${group}`),
    owns: (owner) => owner !== undefined && owners.has(`${owner.kind}.${owner.group}`),
  };
}

/** What is wrong with the options that decide on the kinds: one text for each problem. */
export function workloadKindsProblems(options: WorkloadKindsOptions): readonly string[] {
  const customs = options.customWorkloads ?? [];
  const known = [...workloadKinds, ...customs];
  const names = new Set(known.flatMap(namesOf));
  const listed = [...new Set(known.map(({ resource }) => resource))].join(", ");
  return [
    ...customs.flatMap((kind, index) => clash(kind, customs.slice(0, index)) ?? []),
    ...(options.ignoredWorkloadTypes ?? [])
      .filter((name) => !names.has(name))
      .map((name) => `${quote(name)} is not a type of workload; write some of ${listed}`),
  ];
}

const write = "write GROUP/VERSION/RESOURCE/KIND[:template.path], such as serving.knative.dev/v1/services/Service";

/** What each part must be, as the API server validates the names of custom resources. Empty: the core group. */
const parts = {
  group: /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$/,
  version: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  resource: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  kind: /^[A-Z][A-Za-z0-9]*$/,
  path: /^[A-Za-z]([-_A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z]([-_A-Za-z0-9]*[A-Za-z0-9])?)*$/,
};
const shapes = {
  group: "an API group such as example.com",
  version: "a version such as v1",
  resource: "a plural name in lower case such as widgets",
  kind: "a kind such as Widget",
  path: "a dotted path such as spec.template",
};

/** Reads `GROUP/VERSION/RESOURCE/KIND[:dotted.template.path]`; the path is `spec.template` if there is none. */
export function parseCustomWorkload(text: string): WorkloadKind | { readonly problem: string } {
  const [names = "", path = "spec.template", ...more] = text.trim().split(":");
  const [group = "", version = "", resource = "", kind = "", ...rest] = names.split("/");
  if (kind === "" || rest.length > 0 || more.length > 0) return { problem: `${quote(text)} cannot be read; ${write}` };
  const given = { group, version, resource, kind, path };
  for (const part of Object.keys(parts) as (keyof typeof parts)[]) {
    if (!parts[part].test(given[part])) {
      return { problem: `${quote(given[part])} in ${quote(text)} is not ${shapes[part]}; ${write}` };
    }
  }
  const custom = row(group, version, resource, kind, { templatePath: path.split("."), builtIn: false, custom: true });
  const problem = clash(custom, []);
  return problem === undefined ? custom : { problem };
}

/** The text that {@link parseCustomWorkload} reads as a kind. */
export function printCustomWorkload({ group, version, resource, kind, templatePath }: WorkloadKind): string {
  return `${[group, version, resource, kind].join("/")}:${templatePath.join(".")}`;
}

/** Why a custom kind cannot be added: there is one of its name already. */
function clash(custom: WorkloadKind, before: readonly WorkloadKind[]): string | undefined {
  const isSame = ({ group, resource, kind }: WorkloadKind): boolean =>
    group === custom.group && (resource === custom.resource || kind === custom.kind);
  const name = printCustomWorkload(custom);
  if (workloadKinds.some(isSame)) return `${quote(name)} is known already: leave it out`;
  return before.some(isSame) ? `${quote(name)} is there twice: leave one out` : undefined;
}

/** How a kind is called in options: `jobs` or `jobs.batch`. */
function namesOf({ group, resource }: WorkloadKind): readonly string[] {
  return [resource, resourceName({ group, resource })];
}

function row(
  group: string,
  version: string,
  resource: string,
  kind: string,
  more: Partial<Omit<WorkloadKind, keyof Resource>> = {},
): WorkloadKind {
  return {
    ...{ group, version, resource, kind },
    templatePath: ["spec", "template"],
    stampable: true,
    builtIn: true,
    custom: false,
    pausable: false,
    ...more,
  };
}

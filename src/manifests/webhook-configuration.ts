import { keys } from "../core/dialects/restamp.ts";
import type { WorkloadKind, WorkloadKinds } from "../core/workload-kinds.ts";
import {
  type MatchCondition,
  notControlled,
  notOptedOut,
  notRestamp,
  optedIn,
  templateChanged,
} from "./match-conditions.ts";
import { yamlDocument } from "./yaml-document.ts";

/** Names that the configuration refers to, as `restamp manifests` takes them. */
export interface InstallNames {
  /** Name of the MutatingWebhookConfiguration. @default "restamp" */
  readonly webhookConfiguration?: string;
  /** Namespace of the Service and of the controller's ServiceAccount. @default "restamp-system" */
  readonly namespace?: string;
  /** @default "restamp-webhook" */
  readonly webhookService?: string;
  /** @default "restamp-controller" */
  readonly controllerServiceAccount?: string;
  /** Further annotations of workloads, or of their pod templates, by which they take part. @default none */
  readonly optIn?: readonly string[];
  /** Workloads in these namespaces are left alone. @default none */
  readonly namespacesToIgnore?: readonly string[];
  /** Workloads take part unless they say otherwise. @default false */
  readonly autoReloadAll?: boolean;
}

/**
 * Seconds the API server waits for one call. One, the least there is: it repeats admission on every write conflict, so
 * that a hanging webhook costs a deploy a multiple of this.
 */
export const webhookTimeoutSeconds = 1;

/** Where the webhook answers admission reviews. */
export const webhookPath = "/mutate";

/** The MutatingWebhookConfiguration as a plain object: two webhooks for each distinct path of a stampable pod template. */
export function webhookConfiguration(kinds: WorkloadKinds, names: InstallNames = {}) {
  const stampable = kinds.all.filter((row) => row.stampable);
  const byPath = Map.groupBy(stampable, (row) => row.templatePath.join("."));
  const families = familyNames([...byPath.keys()]);
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: {
      name: names.webhookConfiguration ?? "restamp",
      labels: {
        "app.kubernetes.io/name": "restamp",
        "app.kubernetes.io/component": "webhook",
        "app.kubernetes.io/part-of": "restamp",
      },
    },
    webhooks: [...byPath].flatMap(([path, rows]) => bothWebhooks(rows, families.get(path) ?? path, { kinds, names })),
  };
}

/** {@link webhookConfiguration} as the YAML document that is checked in. */
export function webhookConfigurationYaml(kinds: WorkloadKinds, names: InstallNames = {}): string {
  return `# Made by "restamp manifests" from the table of workload kinds; a change made here is lost.\n${yamlDocument(webhookConfiguration(kinds, names))}`;
}

/** A part of a DNS name for each path, by the path; two paths may differ in letter case or hyphens alone. */
function familyNames(paths: readonly string[]): ReadonlyMap<string, string> {
  const plain = (path: string): string => path.toLowerCase().replaceAll(/[^a-z0-9]/g, "-");
  return new Map(
    paths.map((path, index) => {
      const before = paths.slice(0, index).filter((other) => plain(other) === plain(path)).length;
      return [path, before === 0 ? plain(path) : `${plain(path)}-${before + 1}`];
    }),
  );
}

function bothWebhooks(
  rows: readonly WorkloadKind[],
  family: string,
  { kinds, names }: { readonly kinds: WorkloadKinds; readonly names: InstallNames },
) {
  const path = rows[0]?.templatePath ?? [];
  const namespace = names.namespace ?? "restamp-system";
  const conditions = [
    notRestamp(`system:serviceaccount:${namespace}:${names.controllerServiceAccount ?? "restamp-controller"}`),
    templateChanged(path),
    notControlled(kinds.known),
    notOptedOut(),
  ];
  const ignored = names.namespacesToIgnore ?? [];
  const notIgnored = { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ignored } as const;
  const inNamespaces = (operator: "In" | "NotIn") => ({
    matchExpressions: [
      { key: keys.enabled, operator, values: ["true"] },
      ...(ignored.length === 0 ? [] : [notIgnored]),
    ],
  });
  return [
    webhook(rows, names, { name: `${family}.namespaces.restamp.dev`, namespaces: inNamespaces("In"), conditions }),
    webhook(rows, names, {
      name: `${family}.workloads.restamp.dev`,
      namespaces: inNamespaces("NotIn"),
      conditions: names.autoReloadAll === true ? conditions : [...conditions, optedIn(names.optIn ?? [], path)],
    }),
  ];
}

function webhook(
  rows: readonly WorkloadKind[],
  names: InstallNames,
  own: { readonly name: string; readonly namespaces: object; readonly conditions: readonly MatchCondition[] },
) {
  const byGroup = Map.groupBy(rows, (row) => `${row.group}/${row.version}`);
  return {
    name: own.name,
    admissionReviewVersions: ["v1"],
    clientConfig: {
      service: {
        name: names.webhookService ?? "restamp-webhook",
        namespace: names.namespace ?? "restamp-system",
        path: webhookPath,
        port: 443,
      },
    },
    // A deploy never fails because of restamp: what is admitted without a stamp, the controller sees.
    failurePolicy: "Ignore",
    timeoutSeconds: webhookTimeoutSeconds,
    sideEffects: "None",
    matchPolicy: "Equivalent",
    reinvocationPolicy: "IfNeeded",
    namespaceSelector: own.namespaces,
    rules: [...byGroup.values()].map((group) => ({
      apiGroups: [...new Set(group.map((row) => row.group))],
      apiVersions: [...new Set(group.map((row) => row.version))],
      resources: group.map((row) => row.resource),
      operations: ["CREATE", "UPDATE"],
      scope: "Namespaced",
    })),
    matchConditions: own.conditions,
  };
}

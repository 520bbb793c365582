import { keys } from "../core/policy.ts";
import { type WorkloadKind, workloadKinds } from "../core/workload-kinds.ts";
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
  /** Labels and annotations by which a workload opts in on its own. @default `restamp.dev/enabled` */
  readonly optInKeys?: readonly string[];
}

/**
 * Seconds the API server waits for one call. One, the least there is: it repeats admission on every write conflict, so
 * that a hanging webhook costs a deploy a multiple of this.
 */
export const webhookTimeoutSeconds = 1;

/** Where the webhook answers admission reviews. */
export const webhookPath = "/mutate";

/** The MutatingWebhookConfiguration as a plain object: two webhooks for each distinct path of a stampable pod template. */
export function webhookConfiguration(kinds: readonly WorkloadKind[] = workloadKinds, names: InstallNames = {}) {
  const stampable = kinds.filter((row) => row.stampable);
  const byPath = Map.groupBy(stampable, (row) => row.templatePath.join("."));
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
    webhooks: [...byPath.values()].flatMap((rows) => bothWebhooks(rows, kinds, names)),
  };
}

/** {@link webhookConfiguration} as the YAML document that is checked in and that `restamp manifests` prints. */
export function webhookConfigurationYaml(
  kinds: readonly WorkloadKind[] = workloadKinds,
  names: InstallNames = {},
): string {
  return `# Made by "restamp manifests" from the table of workload kinds; a change made here is lost.\n${yamlDocument(webhookConfiguration(kinds, names))}`;
}

function bothWebhooks(rows: readonly WorkloadKind[], kinds: readonly WorkloadKind[], names: InstallNames) {
  const path = rows[0]?.templatePath ?? [];
  const namespace = names.namespace ?? "restamp-system";
  const conditions = [
    notRestamp(`system:serviceaccount:${namespace}:${names.controllerServiceAccount ?? "restamp-controller"}`),
    templateChanged(path),
    notControlled(kinds),
    notOptedOut(),
  ];
  const family = path.join("-").toLowerCase();
  const inNamespaces = (operator: "In" | "NotIn") => ({
    matchExpressions: [{ key: keys.enabled, operator, values: ["true"] }],
  });
  return [
    webhook(rows, names, { name: `${family}.namespaces.restamp.dev`, namespaces: inNamespaces("In"), conditions }),
    webhook(rows, names, {
      name: `${family}.workloads.restamp.dev`,
      namespaces: inNamespaces("NotIn"),
      conditions: [...conditions, optedIn(names.optInKeys ?? [keys.enabled])],
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

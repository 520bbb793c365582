import type { Resource } from "../../src/core/object-ref.ts";
import { workloadKinds } from "../../src/core/workload-kinds.ts";
import type { KubeObject } from "../controlplane/kube.ts";

/** A kind as far as the API server needs to know it, for tests without what serves it; anything goes in its objects. */
export function definitionOf({ group, version, resource, kind }: Resource): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${resource}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural: resource, singular: kind.toLowerCase() },
      versions: [
        {
          ...{ name: version, served: true, storage: true },
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          subresources: { status: {} },
        },
      ],
    },
  };
}

/** The kinds of the table that not every cluster has: Argo's Rollout and OpenShift's DeploymentConfig. */
export const definitionsOfTheTable = workloadKinds.filter(({ builtIn }) => !builtIn).map(definitionOf);

/** One workload of each kind of the table, all with the same name and pods; Jobs do not start any. */
export function workloadsOfEveryKind(where: { namespace: string; name: string }, pod: object): KubeObject[] {
  return workloadKinds.map(({ group, version, kind }) => ({
    apiVersion: `${group}/${version}`,
    kind,
    metadata: where,
    spec: specOf(kind, where.name, pod),
  }));
}

function specOf(kind: string, app: string, pod: object): object {
  const metadata = { labels: { app } };
  const template = { metadata, spec: pod };
  const job = { suspend: true, template: { metadata, spec: { ...pod, restartPolicy: "Never" } } };
  const selector = { matchLabels: { app } };
  switch (kind) {
    case "Job":
      return job;
    case "CronJob":
      return { schedule: "0 0 1 1 *", suspend: true, jobTemplate: { spec: { template: job.template } } };
    case "StatefulSet":
      return { replicas: 0, serviceName: app, selector, template };
    case "DaemonSet":
      return { selector, template };
    default:
      return { replicas: 0, selector, template };
  }
}

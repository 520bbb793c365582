import t from "tap";
import type { ActedOn } from "../../controller/actions/refusal.ts";
import type { ApiRequest } from "../../src/core/ports.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { createApiClient, type KubeApiClient } from "../../src/kube/client.ts";
import { type ControlPlaneOptions, startControlPlane } from "../controlplane/control-plane.ts";
import { type Kube, type KubeObject, kubeClient, waitFor } from "../controlplane/kube.ts";
import { planeAccess } from "./plane-access.ts";

/** A control plane, and what the controller's actions need. */
export interface ActionsBench {
  readonly kube: Kube;
  readonly api: KubeApiClient;
  /** Never aborted. */
  readonly signal: AbortSignal;
  /** As the owner of a token. */
  apiAs(token: string): KubeApiClient;
  namespace(name: string): Promise<string>;
  /** A created object as the controller sees it. */
  workload(object: KubeObject): ActedOn;
  /** The client, and all that is sent through it. */
  watched(): { readonly api: KubeApiClient; readonly sent: ApiRequest[] };
}

/** Starts a control plane for one test file. */
export async function openActionsBench(options: ControlPlaneOptions): Promise<ActionsBench> {
  t.setTimeout(240_000);
  t.jobs = 1;
  const plane = await startControlPlane(options);
  const clients: KubeApiClient[] = [];
  t.teardown(async () => {
    for (const client of clients) await client.close();
    await plane.stop();
  });
  const client = (token?: string): KubeApiClient => {
    const api = createApiClient({ access: planeAccess(plane, token) }, { component: "test", version: "0" });
    clients.push(api);
    return api;
  };
  const kube = kubeClient(plane);
  const api = client();
  return {
    kube,
    api,
    signal: new AbortController().signal,
    apiAs: client,
    async namespace(name) {
      await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
      return name;
    },
    workload(object) {
      const { apiVersion, kind, metadata } = object;
      const row = createWorkloadKinds().find(apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "", kind);
      if (row === undefined) throw new Error(`There is no kind "${kind}"`);
      return { kind: row, namespace: metadata.namespace ?? "", name: metadata.name, uid: metadata.uid ?? "" };
    },
    watched() {
      const sent: ApiRequest[] = [];
      const request = <T>(each: ApiRequest): Promise<T> => {
        sent.push(each);
        return api.request<T>(each);
      };
      return { api: { ...api, request }, sent };
    },
  };
}

/** A pod template with one container that takes ConfigMap `app`. */
export const podBody = {
  restartPolicy: "Never",
  containers: [
    { name: "main", image: "registry.example/app:1", envFrom: [{ configMapRef: { name: "app", optional: true } }] },
  ],
};

/** Has admission refuse new Jobs with these labels in a namespace, and waits until it does. Returns how to allow them again. */
export async function forbidJobs(
  kube: Kube,
  { namespace, labels }: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
): Promise<() => Promise<void>> {
  const rule = { apiGroups: ["batch"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["jobs"] };
  const name = `forbid-${namespace}`;
  const admission = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name } };
  const objectSelector = { matchLabels: labels };
  const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": namespace } };
  const policy = await kube.create({
    ...admission,
    kind: "ValidatingAdmissionPolicy",
    spec: {
      matchConstraints: { resourceRules: [rule], objectSelector, namespaceSelector },
      validations: [{ expression: "false", message: "no such Jobs" }],
    },
  });
  await kube.create({
    ...admission,
    kind: "ValidatingAdmissionPolicyBinding",
    spec: { policyName: name, validationActions: ["Deny"] },
  });
  const isForbidden = async (): Promise<boolean> => {
    const trial = { metadata: { name: "trial", namespace, labels }, spec: { template: { spec: podBody } } };
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs?dryRun=All`;
    const body = { apiVersion: "batch/v1", kind: "Job", ...trial };
    return (await kube.raw(path, { method: "POST", body })).body.includes("no such Jobs");
  };
  await waitFor(isForbidden, { describe: "the policy to hold" });
  return async () => {
    await kube.delete(policy);
    await waitFor(async () => !(await isForbidden()), { describe: "the policy to be gone" });
  };
}

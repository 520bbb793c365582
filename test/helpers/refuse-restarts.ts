import { type Kube, waitFor } from "../controlplane/kube.ts";

/** Part of the error with which the policy refuses. */
export const refusal = "no restarts today";

const api = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name: "no-restarts" } };

/**
 * Makes a ValidatingAdmissionPolicy that refuses every change of a Deployment's template, and returns when it is in force. The
 * function that it returns takes it away again.
 *
 * @param deployment one that exists; by it is found out whether the policy is in force
 */
export async function refuseRestarts(
  kube: Kube,
  deployment: { readonly namespace: string; readonly name: string },
): Promise<() => Promise<void>> {
  const rule = { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["deployments"] };
  const validations = [{ expression: "object.spec.template == oldObject.spec.template", message: refusal }];
  const spec = { matchConstraints: { resourceRules: [rule] }, validations };
  await kube.create({ ...api, kind: "ValidatingAdmissionPolicy", spec });
  const binding = { ...api, kind: "ValidatingAdmissionPolicyBinding" };
  await kube.create({ ...binding, spec: { policyName: api.metadata.name, validationActions: ["Deny"] } });
  const path = `/apis/apps/v1/namespaces/${deployment.namespace}/deployments/${deployment.name}`;
  const trial = { spec: { template: { metadata: { annotations: { trial: "1" } } } } };
  const isRefused = (): Promise<boolean> =>
    kube.patch(path, trial, { query: { dryRun: "All" } }).then(
      () => false,
      (error: Error) => error.message.includes(refusal),
    );
  await waitFor(isRefused, { describe: "the policy to be in force" });
  return async () => void (await kube.delete(binding));
}

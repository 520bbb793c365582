import type { CompatibilityTable } from "./row.ts";

const overlay = "test/contract/manifests-reloader.test.ts";
const reach = "test/e2e/reach-reloader.test.ts";
const polling = "test/e2e/reach-polling.test.ts";
const selectors = "test/e2e/reach-selectors.test.ts";
const kinds = "test/reloader/kinds.test.ts";
const environment = "test/reloader/environment.test.ts";
const missing = "test/e2e/rbac-missing.test.ts";
const roles = "test/contract/manifests.test.ts";

/** Section 1.14: rights. */
export const permissionsRows: CompatibilityTable = {
  subject: "Rights (RBAC)",
  rows: [
    {
      feature: "Reloader's own role, as it is",
      verdict: "better",
      note: "restamp runs with it: what it may list and not watch is listed every `--poll-interval` (30 s), and `/readyz?verbose` says so. It needs a Role of its own for its Lease, digest keys and ledger: see `manifests/base/controller/rbac.yaml`.",
      test: { file: polling, title: "workloads that may not be watched are listed, and rolled" },
    },
    {
      feature: "A right that is missing leads to no restarts, silently",
      verdict: "better",
      note: "Readiness fails and names verb, resource and namespace.",
      test: { file: missing, title: "it is not ready" },
    },
    {
      feature: "`secrets`, `configmaps`: get, list, watch",
      verdict: "same",
      note: "Lists and watches are of metadata alone; content is read only of what a workload refers to.",
      test: { file: reach, title: "workloads of every kind are restarted, and nothing is refused" },
    },
    {
      feature: "Without Secrets or ConfigMaps, with `ignoreSecrets` or `ignoreConfigMaps`",
      verdict: "same",
      test: {
        file: selectors,
        title: "--resources-to-ignore=secrets: nothing of Secrets is read, and no right on them is needed",
      },
    },
    {
      feature: "`namespaces`: get, list, watch, only for `--namespace-selector`",
      verdict: "same",
      note: "list and watch are enough.",
      test: { file: overlay, title: "what is off by default is not granted" },
    },
    {
      feature: "`deployments`, `daemonsets`, `statefulsets`: list, get, update, patch",
      verdict: "better",
      note: "get, list, watch, patch: nothing is updated as a whole.",
      test: {
        file: overlay,
        title: "overlays/reloader grants what Reloader's defaults need, and names the Lease that they name",
      },
    },
    {
      feature: "`cronjobs`: list, get; `jobs`: create, delete, list, get",
      verdict: "same",
      note: "And watch.",
      test: {
        file: overlay,
        title: "overlays/reloader grants what Reloader's defaults need, and names the Lease that they name",
      },
    },
    {
      feature:
        "No right on `cronjobs/finalizers`: where owners are protected (OwnerReferencesPermissionEnforcement), no Job can be created",
      verdict: "better",
      note: "None is needed: the Jobs do not block the deletion of their CronJob.",
      test: { file: reach, title: "workloads of every kind are restarted, and nothing is refused" },
    },
    {
      feature: "`rollouts`: list, get, update, patch, with `isArgoRollouts`",
      verdict: "same",
      note: "get, list, watch, patch; add the rule of `manifests/README.md` to the overlay.",
      test: { file: kinds, title: "an Argo Rollout gets a new revision of its template" },
    },
    {
      feature: "`deploymentconfigs`, with `isOpenshift`",
      verdict: "better",
      note: "Granted, and used: Reloader 1.4 asks for it and restarts none.",
      test: { file: kinds, title: "a DeploymentConfig is restarted by its template" },
    },
    {
      feature: "`leases`: create, get, update, for all of the namespace",
      verdict: "better",
      note: "One Lease by its name: get, list, watch, patch; and create.",
      test: { file: roles, title: "Roles name the objects that the options name by default" },
    },
    {
      feature:
        "`secretproviderclasses`, `secretproviderclasspodstatuses`: list, get, watch, with `enableCSIIntegration`",
      verdict: "same",
      note: "Add the rule of `manifests/README.md` to the overlay.",
      test: { file: overlay, title: "what is off by default is not granted" },
    },
    {
      feature: "`events`: create, patch",
      verdict: "same",
      note: "Of `events.k8s.io`, or of the core group where only that is granted.",
      test: { file: reach, title: "workloads of every kind are restarted, and nothing is refused" },
    },
    {
      feature: "A Role on all ConfigMaps of its own namespace, for `reloader-meta-info`",
      verdict: "better",
      note: "Objects by their names; only `create` cannot be limited so.",
      test: {
        file: environment,
        title: "RELOADER_NAMESPACE and RELOADER_DEPLOYMENT_NAME: the ConfigMap reloader-meta-info",
      },
    },
    {
      feature: "A Role in each namespace instead of the ClusterRole",
      verdict: "same",
      note: "`manifests/components/scoped` and, in each namespace, `manifests/scoped/reloader`.",
      test: { file: reach, title: "overlays/reloader with components/scoped" },
    },
    {
      feature: "Raw manifests (`deployments/kubernetes/reloader.yaml`)",
      verdict: "different",
      note: "Plain kustomize: `kubectl apply -k manifests/overlays/reloader`.",
      restore: "none.",
      test: {
        file: overlay,
        title: "overlays/reloader is one Deployment that runs `restamp reloader`, without a webhook",
      },
    },
  ],
};

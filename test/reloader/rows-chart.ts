import type { CompatibilityTable } from "./row.ts";

const overlay = "test/contract/manifests-reloader.test.ts";
const names = "test/contract/manifest-names.test.ts";

/** Section 1.15: the values of Reloader's Helm chart 2.2.16 about what it does. */
export const chartRows: CompatibilityTable = {
  subject: "Values of the Helm chart",
  rows: [
    {
      feature: "The chart itself",
      verdict: "different",
      note: "Plain manifests for kustomize, which Helm can have as a post-renderer, and Argo CD and Flux as they are.",
      restore: "`manifests/overlays/reloader`; further values by patches of a kustomization of your own.",
      test: {
        file: overlay,
        title: "overlays/reloader is one Deployment that runs `restamp reloader`, without a webhook",
      },
    },
    {
      feature: "`global.imageRegistry`, `image.name`, `.repository`, `.tag`, `.digest`",
      verdict: "different",
      note: "kustomize has its own way for images.",
      restore: "`images:` with `newName`, `newTag` or `digest`.",
    },
    {
      feature: "`image.pullPolicy`, `global.imagePullSecrets`",
      verdict: "different",
      note: "A field of the Deployment.",
      restore: "a patch of `imagePullPolicy`; `imagePullSecrets` of the Deployment or of its ServiceAccount.",
    },
    {
      feature: "`kubernetes.host`",
      verdict: "missing",
      note: "A Pod finds the API server by itself.",
      restore: "none needed; elsewhere `--kubeconfig`.",
    },
    {
      feature: "`nameOverride`, `fullnameOverride`",
      verdict: "different",
      note: "kustomize renames everything together.",
      restore: "`namePrefix:` and `namespace:`.",
      test: { file: names, title: "install moves and takes another name" },
    },
    {
      feature: "`reloader.autoReloadAll`",
      verdict: "different",
      note: "There is no chart: `kubectl apply -k` of a kustomization, with a flag where Reloader has one.",
      restore: "`--auto-reload-all` in `args` of the Deployment.",
    },
    {
      feature: "`reloader.isArgoRollouts`",
      verdict: "different",
      note: "There is no chart: `kubectl apply -k` of a kustomization, with a flag where Reloader has one.",
      restore:
        "`--is-Argo-Rollouts=true` in `args` of the Deployment. And the rule for `rollouts` of `manifests/README.md`.",
    },
    {
      feature: "`reloader.isOpenshift`",
      verdict: "different",
      note: "DeploymentConfigs are looked after, if the cluster has them. No user is set in the Deployment, so that OpenShift can choose one.",
      restore: "always on; `--no-deployment-configs` switches it off.",
    },
    {
      feature: "`reloader.ignoreSecrets`, `ignoreConfigMaps`",
      verdict: "different",
      note: "There is no chart: `kubectl apply -k` of a kustomization, with a flag where Reloader has one.",
      restore: "`--resources-to-ignore=secrets` in `args` of the Deployment. The rule for them can go.",
    },
    {
      feature: "`reloader.ignoreJobs`, `ignoreCronJobs`",
      verdict: "different",
      note: "There is no chart: `kubectl apply -k` of a kustomization, with a flag where Reloader has one.",
      restore: "`--ignored-workload-types=jobs,cronjobs` in `args` of the Deployment.",
    },
    {
      feature: "`reloader.reloadOnCreate`, `reloadOnDelete`",
      verdict: "different",
      note: "There is no chart: `kubectl apply -k` of a kustomization, with a flag where Reloader has one.",
      restore: "`--reload-on-create=true --reload-on-delete=true` in `args` of the Deployment.",
    },
    {
      feature: "`reloader.syncAfterRestart`",
      verdict: "different",
      note: "There is nothing to switch: changes of any time are found after a restart.",
      restore: "always on.",
    },
    {
      feature: "`reloader.reloadStrategy`",
      verdict: "different",
      note: "There is no chart: `kubectl apply -k` of a kustomization, with a flag where Reloader has one.",
      restore: "`--reload-strategy=annotations` in `args` of the Deployment.",
    },
    {
      feature: "`reloader.ignoreNamespaces`, `namespaceSelector`",
      verdict: "different",
      note: "There is no chart: `kubectl apply -k` of a kustomization, with a flag where Reloader has one.",
      restore:
        "`--namespaces-to-ignore=… --namespace-selector=…` in `args` of the Deployment. With a selector the rule for `namespaces` of `manifests/README.md`.",
    },
    {
      feature: "`reloader.resourceLabelSelector`",
      verdict: "different",
      note: "There is no chart: `kubectl apply -k` of a kustomization, with a flag where Reloader has one.",
      restore: "`--resource-label-selector=…` in `args` of the Deployment.",
    },
    {
      feature: "`reloader.logFormat`, `logLevel`",
      verdict: "different",
      note: "There is no chart: `kubectl apply -k` of a kustomization, with a flag where Reloader has one.",
      restore: "`--log-format=json --log-level=debug` in `args` of the Deployment.",
    },
    {
      feature:
        "`reloader.watchGlobally=false`, `namespaces`: a Role in each namespace, that of the release always among them",
      verdict: "different",
      note: "Only the namespaces that you name; restamp's own is not among them by itself.",
      restore: "`manifests/components/scoped`, `--namespaces=…`, and `manifests/scoped/reloader` in each namespace.",
      test: { file: overlay, title: "components/scoped leaves no rights on the cluster" },
    },
    {
      feature: "`reloader.enableHA`, `deployment.replicas`",
      verdict: "different",
      note: "On, with two replicas.",
      restore:
        "for one: `--enable-ha=false` and `replicas: [{name: restamp-controller, count: 1}]`, and a patch that deletes the PodDisruptionBudget.",
    },
    {
      feature: "Two replicas without `enableHA`: one replica that crashes, as it is told to elect without a name",
      verdict: "different",
      note: "The flag and `replicas` are independent; a name is always found.",
      restore: "none.",
    },
    {
      feature: "`reloader.enablePProf`, `pprofAddr`",
      verdict: "missing",
      note: "Profiles are a matter of Go programs.",
      restore: "none; the flags are accepted.",
    },
    {
      feature: "`reloader.enableCSIIntegration`",
      verdict: "different",
      note: "There is no chart: `kubectl apply -k` of a kustomization, with a flag where Reloader has one.",
      restore:
        "`--enable-csi-integration` in `args` of the Deployment. And the rule for `secrets-store.csi.x-k8s.io` of `manifests/README.md`.",
    },
    {
      feature: "`reloader.readOnlyRootFileSystem`",
      verdict: "different",
      note: "The root file system is always read-only: nothing is written.",
      restore: "`readOnlyRootFilesystem` in a patch of `securityContext`.",
    },
    {
      feature: "`reloader.legacy.rbac`",
      verdict: "missing",
      note: "The chart does not use it either.",
      restore: "none.",
    },
    {
      feature: "`reloader.matchLabels`, `deployment.labels`, `.annotations`, `pod.annotations`",
      verdict: "different",
      note: "kustomize has its own way for them.",
      restore: "`labels:` and `commonAnnotations:`, or a patch.",
    },
    {
      feature: "`reloader.enableMetricsByNamespace`",
      verdict: "different",
      note: "There is no chart: `kubectl apply -k` of a kustomization, with a flag where Reloader has one.",
      restore: "`METRICS_COUNT_BY_NAMESPACE=enabled` in `env`, or `--metrics-by-namespace`.",
    },
    {
      feature: "`reloader.custom_annotations`",
      verdict: "different",
      note: "There is no chart: `kubectl apply -k` of a kustomization, with a flag where Reloader has one.",
      restore: "`--auto-annotation=…` in `args` of the Deployment. And the nine others.",
    },
    {
      feature: "`reloader.webhookUrl`, which the chart leaves out unless there are `custom_annotations`",
      verdict: "different",
      note: "There is no chart: `kubectl apply -k` of a kustomization, with a flag where Reloader has one.",
      restore:
        "`--webhook-url=…` in `args` of the Deployment. Or `RESTAMP_WEBHOOK_URL` from a Secret, as it may hold a token.",
    },
  ],
};

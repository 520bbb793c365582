import type { CompatibilityTable } from "./row.ts";

const scope = "test/reloader/scope.test.ts";
const classes = "test/reloader/secret-provider-classes.test.ts";
const reach = "test/e2e/reach-reloader.test.ts";
const selectors = "test/e2e/reach-selectors.test.ts";
const command = "test/e2e/reloader-command.test.ts";

/** Section 1.13: which namespaces, workloads and sources are looked after. */
export const scopeRows: CompatibilityTable = {
  subject: "Scope",
  rows: [
    {
      feature: "The whole cluster, with a ClusterRole",
      verdict: "same",
      test: { file: reach, title: "workloads of every kind are restarted, and nothing is refused" },
    },
    {
      feature: "`--namespaces`: these alone, with a Role in each",
      verdict: "same",
      note: "`manifests/overlays/reloader` with `components/scoped`, and `manifests/scoped/reloader` for each namespace. The install's own is not among them unless it is named.",
      test: { file: reach, title: "overlays/reloader with components/scoped" },
    },
    {
      feature: "`KUBERNETES_NAMESPACE`: one namespace; `--namespaces` is stronger",
      verdict: "same",
      test: { file: scope, title: "--namespaces: several, and it is stronger than the variable" },
    },
    {
      feature: "`--namespaces-to-ignore`, where the whole cluster is looked after",
      verdict: "same",
      note: "Beside `--namespaces` it holds as well.",
      test: { file: scope, title: "--namespaces-to-ignore" },
    },
    {
      feature: "Ignored namespaces are listed, watched and kept in memory all the same",
      verdict: "better",
      note: "The API server leaves them out.",
      test: { file: selectors, title: "--namespaces-to-ignore: the API server leaves them out" },
    },
    {
      feature: "`--namespace-selector`: a label selector of Kubernetes",
      verdict: "same",
      test: { file: scope, title: "by a selector of Kubernetes" },
    },
    {
      feature: "`--namespace-selector`: the former notations `key:value`, `key:*` and `key=*`",
      verdict: "same",
      test: { file: scope, title: "in the notation key:*" },
    },
    {
      feature: "`--namespace-selector`: a label that changes counts at once",
      verdict: "same",
      note: "What changed while a namespace was left out restarts nothing when it comes in.",
      test: { file: scope, title: "a label that comes at run time counts" },
    },
    {
      feature: "`--namespace-selector` has no effect beside `--namespaces`, and needs the right to watch Namespaces",
      verdict: "same",
      note: "A line in the log says that it has none.",
      test: { file: scope, title: "where namespaces are named the selector has no effect" },
    },
    {
      feature: "`--resource-label-selector`: the API server leaves out all other ConfigMaps and Secrets",
      verdict: "same",
      note: "A label that is given later takes a source in, without a restart.",
      test: { file: scope, title: "sources that have the label" },
    },
    {
      feature:
        "`--resource-label-selector` also leaves out the statuses of SecretProviderClasses, whose labels are the driver's: they never restart anything",
      verdict: "better",
      note: "It is about ConfigMaps and Secrets alone.",
      test: { file: classes, title: "--enable-csi-integration" },
    },
    {
      feature: "`--resources-to-ignore=configmaps` or `secrets`, in any case: neither read nor watched",
      verdict: "same",
      test: { file: scope, title: "one kind of source alone counts" },
    },
    {
      feature: "`--resources-to-ignore` with both ends the program at the start",
      verdict: "same",
      test: { file: command, title: "wrong flags are refused with 2, all at once, each with what to write" },
    },
    {
      feature: "`--ignored-workload-types=jobs,cronjobs`",
      verdict: "same",
      note: "Any kind can be named, by its plural.",
      test: { file: scope, title: "kinds that are named are left alone" },
    },
    {
      feature: "All ConfigMaps and Secrets are kept in memory, with their data, whoever uses them",
      verdict: "better",
      note: "Only metadata is watched, and nothing of it kept; of the sources that workloads use there are hashes.",
      test: { file: "test/e2e/memory.test.ts", title: "5,000 unreferenced Secrets of 8 kB cost less than 10 MB" },
    },
  ],
};

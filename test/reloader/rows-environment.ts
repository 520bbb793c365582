import type { CompatibilityTable } from "./row.ts";

const environment = "test/reloader/environment.test.ts";
const alerts = "test/reloader/alerts.test.ts";
const command = "test/e2e/reloader-command.test.ts";

/** Section 1.8: environment variables and the meta-info ConfigMap. */
export const environmentRows: CompatibilityTable = {
  subject: "Environment variables",
  rows: [
    {
      feature: "`KUBERNETES_NAMESPACE`: one namespace alone",
      verdict: "same",
      test: { file: environment, title: "KUBERNETES_NAMESPACE: only that namespace" },
    },
    {
      feature: "`--namespaces` is stronger than `KUBERNETES_NAMESPACE`, and that than all namespaces",
      verdict: "same",
      test: { file: environment, title: "--namespaces is stronger than KUBERNETES_NAMESPACE" },
    },
    {
      feature: "`POD_NAME`, `POD_NAMESPACE`: the holder and the namespace of the Lease",
      verdict: "better",
      note: "They are not required: otherwise the name of the host and the namespace of the ServiceAccount are taken. The name is also in every log line and Event.",
      test: { file: environment, title: "POD_NAME and POD_NAMESPACE: who and where it is" },
    },
    {
      feature:
        "`RELOADER_NAMESPACE`, `RELOADER_DEPLOYMENT_NAME`: where the ConfigMap `reloader-meta-info` is written at the start, and what it names",
      verdict: "same",
      test: {
        file: environment,
        title: "RELOADER_NAMESPACE and RELOADER_DEPLOYMENT_NAME: the ConfigMap reloader-meta-info",
      },
    },
    {
      feature:
        "The ConfigMap `reloader-meta-info`: label `reloader.stakater.com/meta-info: reloader`, keys `buildInfo`, `reloaderOptions`, `deploymentInfo`, as JSON",
      verdict: "same",
      note: '`buildInfo` has restamp\'s version and `"edition":"restamp"`, and no Go version. Of the webhook URL only the host is told: the rest may be a credential.',
      test: {
        file: environment,
        title: "RELOADER_NAMESPACE and RELOADER_DEPLOYMENT_NAME: the ConfigMap reloader-meta-info",
      },
    },
    {
      feature: "`METRICS_COUNT_BY_NAMESPACE=enabled`",
      verdict: "same",
      test: { file: environment, title: "METRICS_COUNT_BY_NAMESPACE=enabled: restarts are also counted by namespace" },
    },
    {
      feature: "`ALERT_ON_RELOAD=true` switches alerts on; without it the other `ALERT_` variables mean nothing",
      verdict: "same",
      test: { file: alerts, title: "nothing is sent without ALERT_ON_RELOAD=true" },
    },
    {
      feature: "`ALERT_SINK`, `ALERT_WEBHOOK_URL`, `ALERT_ADDITIONAL_INFO`, `ALERT_WEBHOOK_PROXY`",
      verdict: "same",
      test: { file: alerts, title: "ALERT_ADDITIONAL_INFO stands in front, and ALERT_WEBHOOK_PROXY is on the way" },
    },
    {
      feature: "`KUBECONFIG`: a file of that name, or `~/.kube/config`, is stronger than the Pod's ServiceAccount",
      verdict: "different",
      note: "In a Pod its ServiceAccount is taken, whatever files the image or a volume happens to have.",
      restore: "`--kubeconfig=FILE`.",
      test: { file: command, title: "it becomes ready in a cluster, and answers Reloader's probes" },
    },
    {
      feature: "`GOMAXPROCS`, `GOMEMLIMIT`, which the chart sets from the limits",
      verdict: "different",
      note: "They are for Go programs and mean nothing here. Node reads the memory limit of its container by itself.",
      restore: "none needed.",
      test: {
        file: environment,
        title: "GOMAXPROCS and GOMEMLIMIT, which the chart sets, mean nothing and harm nothing",
      },
    },
  ],
};

import type { CompatibilityTable } from "./row.ts";

/** Section 1.15: the values of Reloader's Helm chart 2.2.16 about its Deployment and what is around it. */
export const chartDeploymentRows: CompatibilityTable = {
  subject: "Values of the Helm chart: the Deployment and what is around it",
  rows: [
    {
      feature: "`reloader.deployment.env.open`, `.secret`, `.field`, `.existing`; alerts are set up this way",
      verdict: "different",
      note: "A field of the Deployment; restamp makes no Secret of its own for it.",
      restore:
        "`env` with `value`, `valueFrom.secretKeyRef`, `valueFrom.fieldRef`, or `envFrom`, by a patch; `ALERT_WEBHOOK_PROXY` as the others.",
    },
    {
      feature:
        "`reloader.deployment.` `nodeSelector`, `affinity`, `tolerations`, `topologySpreadConstraints`, `priorityClassName`, `runtimeClassName`, `schedulerName`, `hostUsers`, `dnsConfig`",
      verdict: "different",
      note: "Fields of the pod template. Replicas are spread over nodes and zones by default.",
      restore: "a patch of the same field.",
    },
    {
      feature: "`reloader.deployment.revisionHistoryLimit` (2)",
      verdict: "different",
      note: "Kubernetes' default, 10.",
      restore: "a patch of the same field.",
    },
    {
      feature: "`reloader.deployment.volumes`, `volumeMounts`, `reloader.volumes`, `volumeMounts`",
      verdict: "different",
      note: "None are needed.",
      restore: "a patch of the same fields.",
    },
    {
      feature: "`reloader.deployment.securityContext`, `containerSecurityContext`",
      verdict: "different",
      note: "As Pod Security `restricted` wants it: not root, no capabilities, no escalation, the default seccomp profile. The user is the image's (65532) instead of 65534.",
      restore: "a patch of the same fields.",
    },
    {
      feature: "`reloader.deployment.livenessProbe`, `readinessProbe`",
      verdict: "different",
      note: "`/livez`, `/readyz` and a startup probe. Reloader's paths, `/live` and `/metrics`, answer as well.",
      restore: "a patch of the probes.",
    },
    {
      feature: "`reloader.deployment.resources` ({})",
      verdict: "different",
      note: "Requests of 50m and 128Mi, a limit of 256Mi, no limit of CPU.",
      restore: "a patch of `resources`.",
    },
    {
      feature: "`reloader.deployment.gomaxprocsOverride`, `gomemlimitOverride`",
      verdict: "missing",
      note: "Variables for Go programs. Node reads the memory limit of its container by itself.",
      restore: "none needed.",
    },
    {
      feature: "`reloader.deployment.automountServiceAccountToken`, `serviceAccount.automountServiceAccountToken`",
      verdict: "different",
      note: "Off for the account, on for the Deployment that needs it.",
      restore: "a patch of the same fields.",
    },
    {
      feature: "`reloader.service`: a Service for metrics",
      verdict: "missing",
      note: "Metrics are scraped from each Pod, port `ops`, 9090: each has its own.",
      restore: "a Service of your own with `targetPort: ops`.",
    },
    {
      feature: "`reloader.rbac.enabled`, `.labels`",
      verdict: "different",
      note: "Always there.",
      restore: "a patch with `$patch: delete`; `labels:`.",
    },
    {
      feature: "`reloader.serviceAccount.create`, `.name`, `.labels`, `.annotations`",
      verdict: "different",
      note: "Always there, as `restamp-controller`.",
      restore: "`namePrefix:` or a patch.",
    },
    {
      feature: "`reloader.serviceMonitor`, which is deprecated",
      verdict: "missing",
      note: "It needs the Service.",
      restore: "`manifests/components/service-monitor`, which has a PodMonitor.",
    },
    {
      feature: "`reloader.podMonitor`",
      verdict: "different",
      note: "For both processes, every 30 s.",
      restore: "`manifests/components/service-monitor`, and patches of it.",
    },
    {
      feature: "`reloader.podDisruptionBudget`",
      verdict: "different",
      note: "Always there: one replica of two stays.",
      restore: "a patch of `minAvailable`.",
    },
    {
      feature: "`reloader.netpol`: egress to port 443 alone, which cuts off API servers on 6443 and alerts over HTTP",
      verdict: "different",
      note: "Always there: ingress to the metrics from Pods; egress to 443, 6443, 8443, 16443 and DNS.",
      restore: "a patch of the NetworkPolicy; alerts to another port, and `--webhook-url`, need theirs.",
    },
    {
      feature: "`reloader.verticalPodAutoscaler`",
      verdict: "missing",
      note: "A matter of the cluster.",
      restore: "a VerticalPodAutoscaler of your own for the Deployment `restamp-controller`.",
    },
  ],
};

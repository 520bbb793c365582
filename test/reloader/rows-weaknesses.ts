import type { CompatibilityTable } from "./row.ts";

const own = "test/reloader/weaknesses.test.ts";
const away = "what changes while no replica runs is rolled out once, without --sync-after-restart";

/** Section 3.1: what Reloader's own code loses or does too often. */
export const weaknessesRows: CompatibilityTable = {
  subject: "What Reloader loses or restarts needlessly",
  rows: [
    {
      feature: "One pattern that is no regular expression, in any `…/reload` annotation, ends the whole program (W1)",
      verdict: "better",
      note: "That one pattern counts for nothing, the others of the annotation do, and a Warning Event names it.",
      test: { file: own, title: "W1: a pattern that cannot be read stops nobody, and is told" },
    },
    {
      feature:
        "One workload that is refused holds up all after it; after five tries within 155 ms a change is lost (W2)",
      verdict: "better",
      note: "Each workload is tried for itself, ever more slowly, until it succeeds.",
      test: {
        file: own,
        title: "W2: workloads that are refused delay no other kind, and are tried until they succeed",
      },
    },
    {
      feature:
        "If the list of workloads cannot be read when a source changes, the change is lost, and counted as a success (W3)",
      verdict: "better",
      note: "Workloads are followed, not listed for each change; what could not be seen is made up for.",
      test: { file: own, title: "W3: a change is not lost while workloads cannot be listed" },
    },
    {
      feature: "What changes while Reloader is down is lost (W4)",
      verdict: "better",
      note: "What pods run with is on record: the next start restarts what has changed meanwhile, and nothing else.",
      test: { file: "test/reloader/high-availability.test.ts", title: away },
    },
    {
      feature: "What changes between two leaders is lost (W4)",
      verdict: "better",
      note: "A replica that stands by has seen what the leader saw.",
      test: {
        file: "test/reloader/high-availability.test.ts",
        title: "a leader that dies: what changes until the next one leads is rolled out once",
      },
    },
    {
      feature: "A ConfigMap and a Secret that change together restart a workload twice; ten changes, ten times (W5)",
      verdict: "better",
      note: "Changes are gathered until nothing has changed for `--settle` (3 s, 10 s at most).",
      test: { file: own, title: "W5: what changes together is rolled out once, by default" },
    },
    {
      feature: "A `helm upgrade` that changes a ConfigMap and the Deployment that uses it makes two rollouts (W5)",
      verdict: "better",
      note: "One, also without the webhook: the new template is known to run with the new content.",
      test: { file: "test/reloader/helm.test.ts", title: "ConfigMap, Secret and Deployment: one new revision" },
    },
    {
      feature: "A source that changes all the time restarts its workloads all the time (W5)",
      verdict: "better",
      note: "After two restarts a workload rests for `--min-interval` (30 s, doubling up to 1 h); the last content wins.",
      test: {
        file: "test/e2e/flapping.test.ts",
        title: "a source that changes every 150 ms for 30 s: three rollouts at most, the last with the last content",
      },
    },
    {
      feature:
        "Every change in the cluster costs five LISTs, at five requests a second: the hundredth workload waits for 18 s (W6)",
      verdict: "better",
      note: "No LIST, one read of what is used, none of what is not; workloads are patched side by side.",
      test: { file: own, title: "W6: a change costs no LIST, and a hundred workloads do not wait for each other" },
    },
    {
      feature: "Every ConfigMap and Secret of the cluster is kept in memory (W7)",
      verdict: "better",
      note: "Of what nobody uses nothing is kept, of what is used a hash for each key.",
      test: { file: "test/e2e/memory.test.ts", title: "5,000 unreferenced Secrets of 8 kB cost less than 10 MB" },
    },
    {
      feature: "Each event, and each retry, starts one more Job of a CronJob, also of one that is suspended (W8)",
      verdict: "better",
      note: "One for each change, none for a suspended one, and by its `concurrencyPolicy`.",
      test: {
        file: "test/reloader/cron-jobs.test.ts",
        title: "a controller that is killed before it could remember a run does not run it twice",
      },
    },
    {
      feature: "A Job is deleted and then created again: in between it can be lost (W8)",
      verdict: "better",
      note: "Its manifest is stored before it is deleted, and it is tried first whether the API server would take it.",
      test: {
        file: "test/reloader/jobs.test.ts",
        title: "a controller that is killed between deletion and creation loses no Job: the next one creates it",
      },
    },
    {
      feature: "Jobs that are over are run again (W8)",
      verdict: "better",
      note: "What is done stays done. Reloader's way: `--rerun-finished-jobs`.",
      test: {
        file: "test/reloader/jobs.test.ts",
        title: "a Job that is over is run again only with --rerun-finished-jobs; one of a CronJob never",
      },
    },
    {
      feature: "A Deployment in its pause period stays paused if Reloader is restarted meanwhile (W9)",
      verdict: "better",
      note: "Whoever leads next ends the pause.",
      test: {
        file: "test/reloader/pause.test.ts",
        title: "a pause ends although the controller that began it was killed, and its successor as well",
      },
    },
    {
      feature: "Only Deployments have a pause period (W9)",
      verdict: "better",
      note: "Whatever can be paused has one.",
      test: {
        file: "test/reloader/pause.test.ts",
        title: "Rollouts and DeploymentConfigs are paused and resumed; kinds that cannot be paused are restarted",
      },
    },
    {
      feature: "GitOps tools and Reloader undo each other's changes (W10)",
      verdict: "better",
      note: "Applying the same manifest again undoes nothing; where a tool keeps taking the marks away, restamp stops after three times and tells who it was.",
      test: { file: own, title: "W10: what GitOps tools apply again undoes nothing, and what one does undo ends" },
    },
    {
      feature: "Some different contents have one hash (`a: 1`, `b: 2` and `a: 1;b=2`): that change is missed (W11)",
      verdict: "better",
      note: "Changes are told by a keyed digest of each key and value; Reloader's hash is only written.",
      test: { file: own, title: "W11: contents that Reloader cannot tell apart are told apart" },
    },
    {
      feature: "`foo.bar` and `foo-bar` share a variable: one can hide the other's change (W11)",
      verdict: "better",
      note: "The variable is shared, as Reloader has it; the stamp beside it is not.",
      test: {
        file: "test/reloader/strategies.test.ts",
        title: "two sources that share a variable: a change of either restarts",
      },
    },
    {
      feature: "Removing its variable after a deletion can remove another one, if the list has changed meanwhile (W12)",
      verdict: "better",
      note: "Each write says what it expects to find; if that has changed, nothing is written, and it looks again.",
      test: {
        file: "test/e2e/reload-strategy-patch.test.ts",
        title: "W12: where the list of variables has changed, the patch is refused as a whole",
      },
    },
    {
      feature: "`--resources-to-ignore` switches off `--reload-on-create` (W13)",
      verdict: "better",
      note: "Each does what it says.",
      test: {
        file: "test/reloader/create-delete.test.ts",
        title: "--reload-on-create with --resources-to-ignore: the other kind is still seen to be created",
      },
    },
    {
      feature: "`--resource-label-selector` switches off reloads of mounted SecretProviderClasses (W13)",
      verdict: "better",
      note: "It is about ConfigMaps and Secrets: nobody can label what the driver writes.",
      test: {
        file: "test/e2e/kinds-secret-provider-class.test.ts",
        title: "a label selector is about ConfigMaps and Secrets, and not about classes",
      },
    },
    {
      feature: "Its probes are green while the API server cannot be reached (W14)",
      verdict: "better",
      note: "`/readyz` says what is missing, and what cannot be seen; `/live` stays green, as a restart would not help.",
      test: {
        file: "test/reloader/events.test.ts",
        title: "readiness tells when the API server is gone",
      },
    },
    {
      feature: "OpenShift's DeploymentConfigs are documented, and not supported since 1.4.5 (W15)",
      verdict: "better",
      note: "They are.",
      test: { file: "test/reloader/kinds.test.ts", title: "a DeploymentConfig is restarted by its template" },
    },
    {
      feature: "The chart's `webhookUrl` has no effect alone (W16)",
      verdict: "better",
      note: "`--webhook-url` needs no other flag.",
      test: {
        file: "test/reloader/webhook-url.test.ts",
        title: "one POST for each change of data, whoever refers to it, and no workload is touched",
      },
    },
    {
      feature: "The chart's `replicas: 2` crashes unless `enableHA` is set as well (W16)",
      verdict: "better",
      note: "`manifests/overlays/reloader` runs two replicas, of which one acts and the other has seen everything.",
      test: { file: "test/e2e/reach-reloader.test.ts", title: "one of the two leads" },
    },
    {
      feature: "A receiver of alerts that hangs holds up all restarts (W17)",
      verdict: "better",
      note: "Alerts are sent in the background, with a time limit, and tried again.",
      test: { file: "test/reloader/alerts.test.ts", title: "a receiver that hangs delays no restart" },
    },
    {
      feature: "Profiles of the process are open to everybody on the port of the metrics (W17)",
      verdict: "better",
      note: "There are none.",
      test: {
        file: "test/e2e/reloader-command.test.ts",
        title: "it becomes ready in a cluster, and answers Reloader's probes",
      },
    },
    {
      feature: "A leader that is told to stop keeps its lock: the next one waits for up to 17 s (W18)",
      verdict: "better",
      note: "It is released, and the next replica takes it at once.",
      test: {
        file: "test/reloader/high-availability.test.ts",
        title: "Reloader's times by default, and its Lease; SIGTERM releases it, and the next replica acts at once",
      },
    },
    {
      feature: "A right that is missing means no restarts, without a word",
      verdict: "better",
      note: "Readiness and the log name the right and the resource; without `watch` on workloads they are listed every `--poll-interval`.",
      test: {
        file: "test/e2e/reach-polling.test.ts",
        title: "readiness says what is missing and what it costs, and is not failed by it",
      },
    },
    {
      feature: "Nothing shows beforehand what a flag or annotation would restart",
      verdict: "better",
      note: "With `--mode=observe` each change is told once, beside Reloader if need be, and nothing but Events is written.",
      test: { file: "test/reloader/observe.test.ts", title: "each change is told once, and only Events are written" },
    },
  ],
};

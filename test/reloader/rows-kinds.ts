import type { CompatibilityTable } from "./row.ts";

const kinds = "test/reloader/kinds.test.ts";
const cronJobs = "test/reloader/cron-jobs.test.ts";
const jobs = "test/reloader/jobs.test.ts";

const once = "a CronJob stays as it is, and one Job of it runs for each change, also for one back";
const restartAt = "rollout-strategy: restart has Argo replace the pods of an unchanged template, once";

/** Section 1.4: what becomes of each kind of workload. */
export const kindsRows: CompatibilityTable = {
  subject: "Kinds of workload",
  rows: [
    {
      feature: "Deployment, StatefulSet, DaemonSet: a patch of the pod template",
      verdict: "better",
      note: "The patch is guarded: it applies only to the object that was looked at, and once for each change.",
      test: { file: kinds, title: "Deployment, StatefulSet and DaemonSet: one patch of the pod template" },
    },
    {
      feature: "Writes have the field manager `Reloader`",
      verdict: "different",
      note: "It is `restamp`: `managedFields` tell who has written what.",
      restore: "none.",
      test: { file: kinds, title: "written as restamp, not as Reloader" },
    },
    {
      feature: "Kinds are restarted one after another: Deployment, CronJob, Job, DaemonSet, StatefulSet, Rollout",
      verdict: "different",
      note: "In no order, several at a time (`--workers`): nobody waits for others, or for one that fails.",
      restore: "none.",
    },
    {
      feature: "`OnDelete` is patched as well, and its pods stay",
      verdict: "same",
      test: { file: kinds, title: "OnDelete: the template is patched, and pods stay until they are deleted" },
    },
    {
      feature:
        "CronJob: is not changed; a Job of its template runs at once, whatever the schedule, with its labels and annotations, `cronjob.kubernetes.io/instantiate: manual`, owned by it, with the variable or annotation of the strategy",
      verdict: "same",
      note: "`--cron-jobs=stamp` runs nothing: the next Job of the schedule has the new content.",
      test: { file: cronJobs, title: once },
    },
    {
      feature: "CronJob: one more Job for every event, also for the same change again",
      verdict: "better",
      note: "One Job for each change. Its name is made of the change instead of `generateName`, so that a second try, also by another controller, finds it.",
      test: {
        file: cronJobs,
        title: "a controller that is killed before it could remember a run does not run it twice",
      },
    },
    {
      feature: "CronJob: runs although `spec.suspend` is set",
      verdict: "different",
      note: "Nothing runs of what its owner has suspended, not even later; its next Job reads the new content by itself.",
      restore: "instead of `suspend: true`, a schedule that never comes: `0 0 31 2 *`.",
      test: { file: cronJobs, title: "a suspended CronJob is not run, not even when it goes on" },
    },
    {
      feature: "CronJob: runs beside a Job that has not ended, whatever `concurrencyPolicy` says",
      verdict: "different",
      note: "`Forbid` waits until that Job has ended, `Replace` replaces it, as the schedule would.",
      restore: "`concurrencyPolicy: Allow`, which is Kubernetes' default.",
      test: {
        file: cronJobs,
        title: "concurrencyPolicy Forbid waits for the Job before, Replace takes its place, Allow runs both",
      },
    },
    {
      feature: "Job: is deleted, its pods after it, and created again under its name; one that runs is killed",
      verdict: "better",
      note: "Once for each change. `--jobs=record` leaves Jobs alone.",
      test: { file: jobs, title: "a Job that is not over is deleted and created again, once for each change" },
    },
    {
      feature: "Job: if it cannot be created after it was deleted, it is gone",
      verdict: "better",
      note: "Its manifest lies in a Secret of restamp's namespace meanwhile: whatever ends in between, it is created, by the next controller if need be.",
      test: {
        file: jobs,
        title: "a controller that is killed between deletion and creation loses no Job: the next one creates it",
      },
    },
    {
      feature: "Job: is deleted also where admission would refuse the new one",
      verdict: "better",
      note: "The API server is asked first: a Job that it would not take again is not deleted, and an Event says why.",
      test: { file: jobs, title: "a Job that the API server would not take again is not deleted" },
    },
    {
      feature: "Job: one that is over is run again",
      verdict: "different",
      note: "Work that is done is not done twice.",
      restore: "`--rerun-finished-jobs`; it also runs those again whose sources have changed since they were made.",
      test: {
        file: jobs,
        title: "a Job that is over is run again only with --rerun-finished-jobs; one of a CronJob never",
      },
    },
    {
      feature: "Job: one of a CronJob is replaced as well, if it has the annotations",
      verdict: "different",
      note: "The CronJob is what is run again: its Jobs would do the work twice.",
      restore: "the annotations on the CronJob.",
      test: {
        file: jobs,
        title: "a Job that is over is run again only with --rerun-finished-jobs; one of a CronJob never",
      },
    },
    {
      feature: "Argo Rollout, only with `--is-Argo-Rollouts=true`",
      verdict: "same",
      test: { file: kinds, title: "without --is-Argo-Rollouts, Rollouts are left alone" },
    },
    {
      feature: "Argo Rollout, `rollout`: the whole object is written, with a changed template",
      verdict: "better",
      note: "A patch of the template alone: what others write at the same time is not overwritten, and there is nothing to collide with.",
      test: { file: kinds, title: "an Argo Rollout gets a new revision of its template" },
    },
    {
      feature: "Argo Rollout, `restart`: `spec.restartAt` is set, and the template stays",
      verdict: "better",
      note: "Remembered, so that no other controller does it again, and rounded up, so that pods of the same second are replaced as well.",
      test: { file: kinds, title: restartAt },
    },
    {
      feature: "`rollout-strategy` with any other value is `rollout`; on other kinds it does nothing",
      verdict: "same",
      test: { file: kinds, title: "rollout-strategy with any other value is rollout, and does nothing to other kinds" },
    },
    {
      feature: "Argo Rollout with `workloadRef`: is skipped without a word",
      verdict: "better",
      note: "The Deployment whose template it runs is changed, by the Rollout's annotations if the Deployment has none. A `workloadRef` to another kind is not followed, and an Event says so.",
      test: {
        file: kinds,
        title: "workloadRef: the Deployment whose template a Rollout runs is changed, also for sources by name",
      },
    },
    {
      feature: "OpenShift DeploymentConfig: documented, and not there since v1.4.5",
      verdict: "better",
      note: "Looked after where the cluster has them; `--no-deployment-configs` switches it off.",
      test: { file: kinds, title: "a DeploymentConfig is restarted by its template" },
    },
    {
      feature: "Pod, ReplicaSet, Knative Service and other resources: nothing",
      verdict: "same",
      note: "`--custom-workloads` adds any resource with a pod template.",
      test: {
        file: kinds,
        title: "Pods, ReplicaSets and custom resources that nobody has configured are left alone",
      },
    },
  ],
};

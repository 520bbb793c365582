import type { CompatibilityTable } from "./row.ts";

const file = "test/reloader/pause.test.ts";
const gathered = "changes are gathered until the pause is over, and make one rollout";
const killed = "a pause ends although the controller that began it was killed, and its successor as well";
const byUser = "a Deployment that its users have paused is patched, and stays paused";

/** Section 1.6: the pause period. */
export const pauseRows: CompatibilityTable = {
  subject: "Pause period",
  rows: [
    {
      feature:
        "`deployment.reloader.stakater.com/pause-period`: a change sets `spec.paused` and the annotation `paused-at`, and changes the template",
      verdict: "better",
      note: "In one write instead of two, so that nothing can end in between. `restamp.dev/pause-period` does the same.",
      test: { file, title: gathered },
    },
    {
      feature: "The first change waits for the whole period, too",
      verdict: "same",
      note: "To gather only what comes together, `restamp.dev/settle` or `--settle` is enough.",
      test: { file, title: gathered },
    },
    {
      feature:
        "When the period is over, `paused` and the annotation are taken back: one rollout of all that was gathered",
      verdict: "same",
      test: { file, title: gathered },
    },
    {
      feature: "A Deployment that its users have paused stays paused, and is patched",
      verdict: "same",
      test: { file, title: byUser },
    },
    {
      feature:
        "A user who ends a pause early leaves the annotation behind; a pause of their own later is taken for Reloader's",
      verdict: "better",
      note: "The annotation goes when somebody else ends the pause.",
      test: {
        file,
        title: "a pause that a user ends early is over, and one that a user begins afterwards is left alone",
      },
    },
    {
      feature: "A duration that cannot be read: the reload fails, and so do those of the workloads after it",
      verdict: "better",
      note: "A Warning Event says so, and the restart happens at once.",
      test: { file, title: "a pause period that cannot be read is told, and the restart happens" },
    },
    {
      feature: "Reloader restarts, or another replica takes over: the Deployment stays paused",
      verdict: "better",
      note: "The end of a pause is read from the object, by whichever controller is there.",
      test: { file, title: killed },
    },
    {
      feature: "A request that fails when the pause should end: the Deployment stays paused for ever",
      verdict: "better",
      note: "It is tried again until it succeeds.",
      test: { file, title: "a pause ends although the API server was away when it should have" },
    },
    {
      feature: "Deployments that Reloader has left paused",
      verdict: "better",
      note: "Are resumed when restamp starts, at the end of their period.",
      test: {
        file,
        title: "a Deployment that Reloader left paused is resumed, at its time; one that its users paused is not",
      },
    },
    {
      feature: "Deployments only",
      verdict: "better",
      note: "Argo Rollouts and DeploymentConfigs as well, which can be paused; on other kinds the annotation does nothing.",
      test: {
        file,
        title: "Rollouts and DeploymentConfigs are paused and resumed; kinds that cannot be paused are restarted",
      },
    },
  ],
};

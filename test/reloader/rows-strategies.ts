import type { CompatibilityTable } from "./row.ts";

const strategies = "test/reloader/strategies.test.ts";
const adoption = "test/reloader/adoption.test.ts";

const variables = "env-vars: the name, the SHA-1 and the container are Reloader's";
const json = "annotations: the JSON is Reloader's, byte for byte, and switching to it restarts nothing";
const missed = "coming from Reloader, nothing is restarted; a value that is older than its source is told";

/** Section 1.5: what is written to pod templates. */
export const strategiesRows: CompatibilityTable = {
  subject: "Reload strategies",
  rows: [
    {
      feature: "`--reload-strategy=env-vars`, the default, also as `default`; anything unknown is refused at the start",
      verdict: "same",
      note: "`EnvVars` and `Annotations` are understood, and `stamp` writes neither.",
      test: { file: strategies, title: variables },
    },
    {
      feature:
        "`env-vars`: `STAKATER_NAME_CONFIGMAP`, `_SECRET` or `_SECRETPROVIDERCLASS`, with the SHA-1 of the content",
      verdict: "same",
      test: { file: strategies, title: "env-vars: hashes are those that Reloader's own code gives" },
    },
    {
      feature: "`env-vars`: NAME in upper case, every run of other characters is one `_`",
      verdict: "same",
      test: { file: strategies, title: variables },
    },
    {
      feature:
        "`env-vars`: in one container: the first that mounts the source, else the first that has variables of it; `containers[0]` for init containers and for sources that are only named",
      verdict: "same",
      test: { file: strategies, title: variables },
    },
    {
      feature: "`env-vars`: `foo.bar` and `foo-bar` share a variable",
      verdict: "better",
      note: "They still share it, and a change of either restarts, also to content that the other one has: the stamp decides.",
      test: { file: strategies, title: "two sources that share a variable: a change of either restarts" },
    },
    {
      feature: "`env-vars`: a variable with the current hash means that nothing is to be done; it is the only memory",
      verdict: "better",
      note: "The variable is written for those who read it. What pods run with is in the annotation `restamp.dev/stamp` and in the ledger, for all sources.",
      test: { file: adoption, title: missed },
    },
    {
      feature: "`env-vars`: variables are never removed",
      verdict: "same",
      note: "With `--remove-reloader-env` those that are left over go with the next restart, never by a restart of their own.",
      test: {
        file: adoption,
        title: "--remove-reloader-env: what Reloader left behind goes with the next restart, and not before",
      },
    },
    {
      feature:
        "`annotations`: `reloader.stakater.com/last-reloaded-from` on the pod template, compact JSON in fixed order",
      verdict: "same",
      test: { file: strategies, title: json },
    },
    {
      feature: "`annotations`: only the last source is kept",
      verdict: "same",
      note: "The stamp has them all.",
      test: {
        file: strategies,
        title: "annotations: only the last source is kept, and nothing says that two restarted it",
      },
    },
    {
      feature: "`annotations`: a second try, or a start with `--sync-after-restart`, restarts again",
      verdict: "better",
      note: "A change restarts once, whatever the strategy.",
      test: { file: strategies, title: json },
    },
    {
      feature: "Nothing but the variable or the annotation is written",
      verdict: "different",
      note: "The same patch sets `restamp.dev/stamp` on the pod template: it is what makes a change survive restarts and outages.",
      restore: "none.",
      test: {
        file: adoption,
        title: "--remove-reloader-env: what Reloader left behind goes with the next restart, and not before",
      },
    },
    {
      feature: "Another strategy, or another program that reads the same annotations",
      verdict: "better",
      note: "Changing the strategy restarts nothing, nor does coming from Reloader: what is there is adopted.",
      test: { file: strategies, title: json },
    },
    {
      feature: "What Reloader has missed stays missed",
      verdict: "better",
      note: "A variable that is older than its source is told when restamp first sees the workload (Event `ChangeMissedByReloader`).",
      test: { file: adoption, title: missed },
    },
    {
      feature: "There is no way to make up for it",
      verdict: "better",
      note: "`--adopt=roll`, given at the first start, restarts those workloads, once, and no others.",
      test: {
        file: adoption,
        title: "with --adopt=roll, what Reloader has missed is restarted once, and nothing else",
      },
    },
  ],
};

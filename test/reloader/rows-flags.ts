import type { CompatibilityTable } from "./row.ts";

const contract = "test/contract/reloader-flags.test.ts";
const command = "test/e2e/reloader-command.test.ts";
const renamed = "test/reloader/annotations-options.test.ts";
const kinds = "test/reloader/kinds.test.ts";
const classes = "test/reloader/secret-provider-classes.test.ts";
const availability = "test/reloader/high-availability.test.ts";
const webhook = "test/reloader/webhook-url.test.ts";
const log = "test/reloader/log.test.ts";
const load = "test/src/options/load.test.ts";

/** Section 1.7: the flags that are not about sources, namespaces or strategies, which have tables of their own. */
export const flagsRows: CompatibilityTable = {
  subject: "Flags",
  rows: [
    {
      feature: "All 29 flags, in Reloader's spelling",
      verdict: "same",
      note: "restamp's own names for the same options work as well; `restamp reloader --help` has both.",
      test: { file: contract, title: "no flag of Reloader is missing" },
    },
    {
      feature:
        "Values follow the flag after a space or `=`; lists are separated by commas, or the flag is given several times",
      verdict: "same",
      test: { file: contract, title: "is Reloader's" },
    },
    {
      feature: "An unknown flag, or a value that cannot be read, ends the program at the start",
      verdict: "better",
      note: "All problems are told at once, each with what to write; the exit code is 2.",
      test: { file: command, title: "wrong flags are refused with 2, all at once, each with what to write" },
    },
    {
      feature: "`--auto-reload-all` (false)",
      verdict: "same",
      test: { file: renamed, title: "--auto-reload-all: whoever says nothing" },
    },
    {
      feature: '`--is-Argo-Rollouts` (`"false"`): a text that must be exactly `true`',
      verdict: "same",
      note: "Any other text is off, and a warning in the log says so.",
      test: { file: kinds, title: "without --is-Argo-Rollouts, Rollouts are left alone" },
    },
    {
      feature: "`--is-argo-rollouts`, as Reloader's README writes it, is an unknown flag",
      verdict: "better",
      note: "Both spellings are understood.",
      test: { file: contract, title: 'exactlyTrue("is-argo-rollouts", "argoRollouts")' },
    },
    {
      feature: "`--enable-csi-integration` (false)",
      verdict: "better",
      note: "The API of the Secrets Store CSI driver may also be installed later: it is looked for every 30 s.",
      test: { file: classes, title: "--enable-csi-integration" },
    },
    {
      feature: "`--enable-ha` (false)",
      verdict: "same",
      test: {
        file: availability,
        title: "Reloader's times by default, and its Lease; SIGTERM releases it, and the next replica acts at once",
      },
    },
    {
      feature: "`--enable-ha` without `POD_NAME` and `POD_NAMESPACE` ends the program",
      verdict: "better",
      note: "The name of the host and the namespace of the ServiceAccount are taken instead.",
      test: { file: availability, title: "without --enable-ha a replica acts at once, needs no lock and no POD_NAME" },
    },
    {
      feature: "`--webhook-url` (none)",
      verdict: "same",
      note: "See [Alerts and webhook mode](#alerts-and-webhook-mode).",
      test: {
        file: webhook,
        title: "one POST for each change of data, whoever refers to it, and no workload is touched",
      },
    },
    {
      feature:
        "`--configmap-annotation`, `--secret-annotation`, `--auto-annotation`, `--configmap-auto-annotation`, `--secret-auto-annotation`",
      verdict: "same",
      test: { file: renamed, title: "each annotation that has a flag can have another name" },
    },
    {
      feature: "`--auto-search-annotation`, `--search-match-annotation`, `--ignore-annotation`",
      verdict: "same",
      test: { file: renamed, title: "--auto-search-annotation and --search-match-annotation" },
    },
    {
      feature: "`--pause-deployment-annotation`, `--pause-deployment-time-annotation`",
      verdict: "same",
      test: { file: renamed, title: "--pause-deployment-annotation and --pause-deployment-time-annotation" },
    },
    {
      feature: "`--log-format`: text by default, or `json`",
      verdict: "different",
      note: "The fields and the text form are restamp's: text is `07:30:12.345 INFO  component: message field=value`, JSON has `level`, `time`, `msg`.",
      restore: "none: programs that read the log have to be told the new fields.",
      test: { file: log, title: "text by default; flags without effect say so" },
    },
    {
      feature: "`--log-level` (`info`): the levels of logrus",
      verdict: "same",
      note: "`trace` is `debug`; `fatal` and `panic` are `error`.",
      test: { file: log, title: "levels: only what is as severe" },
    },
    {
      feature: "`--enable-pprof`, `--pprof-addr`",
      verdict: "missing",
      note: "Profiles are a matter of Go programs. Both flags are accepted, and a line in the log says that they have no effect.",
      restore: "none; Node's own profiler: `NODE_OPTIONS=--cpu-prof`.",
    },
    {
      feature: "`--sync-after-restart` (false)",
      verdict: "better",
      note: "It has nothing to switch: what pods run with is recorded, so that changes of any time are found after a restart, and nothing else is restarted. The flag is accepted.",
      test: {
        file: availability,
        title: "what changes while no replica runs is rolled out once, without --sync-after-restart",
      },
    },
    {
      feature: "Flags cannot be given as environment variables",
      verdict: "better",
      note: "Each option has a variable, `RESTAMP_` and its name; a flag is stronger.",
      test: { file: load, title: "loadOptions() prefers the flag to the environment to the default" },
    },
    {
      feature: "No flags for the port, workers, times of the lease, a pause before acting, or a trial run",
      verdict: "better",
      note: "`--ops-address`, `--workers`, `--lease-duration`, `--settle`, `--min-interval`, `--mode=observe` and more.",
      test: { file: command, title: "--help shows both spellings" },
    },
    {
      feature: "Every change restarts at once, however often",
      verdict: "better",
      note: "A change waits until sources and workload are quiet for 3 s (`--settle`), so that a deploy of several objects is one restart; after two restarts the next one of a workload waits 30 s and longer (`--min-interval`). For Reloader's pace: `--settle=0s --min-interval=0s`.",
      test: { file: log, title: "a restart that is held by the least time between two restarts" },
    },
  ],
};

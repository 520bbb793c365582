import type { CompatibilityTable } from "./row.ts";

const annotations = "test/reloader/annotations.test.ts";
const renamed = "test/reloader/annotations-options.test.ts";
const classes = "test/reloader/secret-provider-classes.test.ts";
const mistakes = "test/reloader/mistakes.test.ts";
const kinds = "test/reloader/kinds.test.ts";

/** Section 1.1: the annotations, and how Reloader decides by them. */
export const annotationsRows: CompatibilityTable = {
  subject: "Annotations",
  rows: [
    {
      feature: "`reloader.stakater.com/auto` on a workload, or on its pod template",
      verdict: "same",
      test: { file: annotations, title: "auto on the pod template" },
    },
    {
      feature: "`1`, `t`, `T`, `TRUE`, `true`, `True` are true, everything else is false",
      verdict: "same",
      test: { file: annotations, title: "the decision procedure" },
    },
    {
      feature: "`configmap.reloader.stakater.com/auto`",
      verdict: "same",
      test: { file: annotations, title: "auto for ConfigMaps" },
    },
    {
      feature: "`secret.reloader.stakater.com/auto`",
      verdict: "same",
      test: { file: annotations, title: "auto for Secrets" },
    },
    {
      feature: "`secretproviderclass.reloader.stakater.com/auto`, with `--enable-csi-integration`",
      verdict: "same",
      test: { file: classes, title: "auto for SecretProviderClasses" },
    },
    {
      feature: "`configmap.reloader.stakater.com/reload`, `secret.reloader.stakater.com/reload`: names, used or not",
      verdict: "same",
      test: { file: annotations, title: "a name that is not used" },
    },
    {
      feature: "`secretproviderclass.reloader.stakater.com/reload`",
      verdict: "same",
      test: { file: classes, title: "names of SecretProviderClasses" },
    },
    {
      feature: "Names are regular expressions, separated by commas, with spaces around",
      verdict: "same",
      test: { file: annotations, title: "regular expressions, separated by commas, with spaces around" },
    },
    {
      feature: "A comma always separates: no `{1,2}`",
      verdict: "same",
      test: { file: annotations, title: "a comma always separates" },
    },
    {
      feature: "Expressions are those of Go (RE2)",
      verdict: "same",
      test: { file: annotations, title: "Go's classes" },
    },
    {
      feature: "`a|b` also matches what begins with `a` or ends with `b`",
      verdict: "better",
      note: "It is one or the other as a whole. Write `a.*|.*b` for the rest.",
      test: { file: annotations, title: "a|b is one or the other as a whole" },
    },
    {
      feature: "One malformed expression crashes v1.4.21, again at every event",
      verdict: "better",
      note: "It matches nothing, a Warning Event on the workload says what is wrong with it, and the others beside it count.",
      test: { file: annotations, title: "a malformed expression, and the good one beside it" },
    },
    {
      feature: "`reloader.stakater.com/search` on a workload or its pod template: exactly `true`",
      verdict: "same",
      test: { file: annotations, title: "search: what is used and marked" },
    },
    {
      feature: "`reloader.stakater.com/match` on a source: exactly `true`",
      verdict: "same",
      test: { file: annotations, title: "search is exactly true" },
    },
    {
      feature: "`reloader.stakater.com/ignore` on a source: exactly `true`; also where it is named",
      verdict: "same",
      test: { file: annotations, title: "a source that is ignored is so by name, too" },
    },
    {
      feature:
        "`configmaps.exclude.reloader.stakater.com/reload`, `secrets.exclude.…`: whole names, on the workload only",
      verdict: "same",
      test: { file: annotations, title: "an excluded name is not auto" },
    },
    {
      feature: "`secretproviderclasses.exclude.reloader.stakater.com/reload`",
      verdict: "same",
      test: { file: classes, title: "excluded SecretProviderClasses" },
    },
    {
      feature: "`deployment.reloader.stakater.com/pause-period`, and `paused-at`, which is written and removed",
      verdict: "same",
      note: "See the pauses below.",
      test: { file: renamed, title: "--pause-deployment-annotation and --pause-deployment-time-annotation" },
    },
    {
      feature: "`reloader.stakater.com/rollout-strategy: restart` on an Argo Rollout",
      verdict: "same",
      test: {
        file: kinds,
        title: "rollout-strategy: restart has Argo replace the pods of an unchanged template, once",
      },
    },
    {
      feature: "Ten of the keys have a flag, the others have not",
      verdict: "same",
      test: { file: renamed, title: "each annotation that has a flag can have another name" },
    },
    {
      feature: "Annotations of a Namespace are not read",
      verdict: "same",
      note: "With `--namespace-opt-in`, restamp's own are.",
      test: { file: mistakes, title: "an annotation of a Namespace is not read" },
    },
    {
      feature:
        "The pod template is read where the workload has none of `reload`, `search`, `auto` and the kind's own `auto`, whatever their values",
      verdict: "same",
      test: { file: annotations, title: "what the workload says is read in place of what its pod template says" },
    },
    {
      feature:
        "That is decided for each kind of source: `secret…/reload` on the workload and `configmap…/reload` on the template both count",
      verdict: "same",
      test: { file: annotations, title: "for each kind of source the workload or its pod template is read" },
    },
    {
      feature: "Exclusion is stronger than a name to reload",
      verdict: "same",
      note: "A name in `restamp.dev/extra` is stronger still.",
      test: { file: annotations, title: "an excluded name is stronger than the same name to reload" },
    },
    {
      feature: 'A name to reload counts beside `auto: "false"`',
      verdict: "same",
      test: { file: annotations, title: "a name counts beside auto false" },
    },
    {
      feature: "`search` and `auto` add up, although Reloader's README says that `auto` takes precedence",
      verdict: "same",
      test: { file: annotations, title: "search and auto add up" },
    },
    {
      feature: 'One of the two `auto` is enough: `auto: "false"` with `configmap…/auto: "true"` counts ConfigMaps',
      verdict: "same",
      test: { file: annotations, title: "one of the two autos is enough" },
    },
    {
      feature:
        "`--auto-reload-all`: workloads without `auto` count all that they use; any value that is not true opts out",
      verdict: "same",
      test: { file: renamed, title: "auto-reload-all: what is no boolean is out" },
    },
    {
      feature: "`--auto-reload-all`: a missing `auto` is true, although Reloader's README says false",
      verdict: "same",
      test: { file: renamed, title: "auto-reload-all: no annotation" },
    },
    {
      feature: "`auto` and `search` need a container that uses the source, names do not",
      verdict: "same",
      note: "A workload that takes part and uses nothing gets a Warning Event that says so.",
      test: { file: mistakes, title: "opted in, and nothing to follow" },
    },
    {
      feature: "`ignore` on a workload means nothing, although Reloader's own notes say that it does",
      verdict: "same",
      note: 'A Warning Event says so, once. `restamp.dev/enabled: "false"` on a workload leaves it alone.',
      test: { file: annotations, title: "ignore on a workload is not read" },
    },
    {
      feature: "`search` on the pod template is read, although Reloader's own comments say that it is not",
      verdict: "same",
      test: { file: annotations, title: "search on the pod template" },
    },
    {
      feature: "`exclude`, `pause-period` and `rollout-strategy` on the pod template mean nothing",
      verdict: "same",
      note: "A Warning Event says so, once.",
      test: { file: annotations, title: "exclude on the pod template is not read" },
    },
    {
      feature:
        "`reloader.stakater.com/match` on a workload, `reloader.stakater.com/kind`: mean nothing, and nobody is told",
      verdict: "better",
      note: "A Warning Event names the annotation to write instead.",
      test: { file: mistakes, title: "match on a workload" },
    },
    {
      feature: "A workload's annotation on a ConfigMap or Secret, or as a label, means nothing, and nobody is told",
      verdict: "better",
      note: "A Warning Event on that object says where to write it.",
      test: { file: mistakes, title: "auto on a ConfigMap" },
    },
  ],
};

import type { CompatibilityTable } from "./row.ts";

const changes = "test/reloader/changes.test.ts";
const appearing = "test/reloader/create-delete.test.ts";
const hashes = "test/src/core/reloader/content-hash.test.ts";
const patch = "test/e2e/reload-strategy-patch.test.ts";

/** Section 1.3, and of 1.7 what is said of sources that are created and deleted. */
export const changesRows: CompatibilityTable = {
  subject: "Changes of sources",
  rows: [
    {
      feature: "Other data restarts; labels and annotations do not",
      verdict: "same",
      test: { file: changes, title: "labels and annotations alone" },
    },
    {
      feature: "`type` and `immutable` do not",
      verdict: "same",
      test: { file: changes, title: "a Secret of another type with the same data" },
    },
    {
      feature: "Content is named by SHA-1 of sorted `key=value`, binary data as base64",
      verdict: "same",
      note: "It is written for `--reload-strategy`; what pods run with is remembered otherwise, with a secret key.",
      test: { file: changes, title: "a change is named by Reloader's hash" },
    },
    {
      feature: "The hash of a SecretProviderClass is made of object ids and versions",
      verdict: "same",
      test: {
        file: hashes,
        title: "reloaderHash() of what a driver has mounted is the list of versions and the class",
      },
    },
    {
      feature: '`{a: "1", b: "2"}` and `{a: "1;b=2"}` have the same hash: the change is missed',
      verdict: "better",
      note: "Digests are over lengths and values.",
      test: { file: changes, title: "keys that Reloader's hash cannot tell apart" },
    },
    {
      feature: "Text and the bytes that it is the base64 of have the same hash: the change is missed",
      verdict: "better",
      note: "They are different content.",
      test: { file: changes, title: "text in place of bytes that Reloader's hash cannot tell apart" },
    },
    {
      feature: "A source that is deleted and created with other data restarts nothing",
      verdict: "better",
      note: "It is a change like any other. With the same data it is none.",
      test: { file: changes, title: "deleted, and created with other data" },
    },
    {
      feature: "Without `--reload-on-create`, a source that is created restarts nothing; later changes of it do",
      verdict: "same",
      test: { file: changes, title: "a source that is created rolls nothing, and counts from then on" },
    },
    {
      feature: "`--reload-on-create=true`: a source that is created restarts the workloads that use or name it",
      verdict: "same",
      test: { file: appearing, title: "an optional source rolls when it is created, and when it is deleted" },
    },
    {
      feature: "`--reload-on-create=true` also restarts workloads whose pods could not start without the source",
      verdict: "better",
      note: "Those pods start with it: there is nothing to restart.",
      test: {
        file: appearing,
        title: "pods that could not start without a source are not restarted when it is created",
      },
    },
    {
      feature: "`--reload-on-create=true` with `--resources-to-ignore`: nothing is ever seen to be created or deleted",
      verdict: "better",
      note: "The other kind still is.",
      test: {
        file: appearing,
        title: "--reload-on-create with --resources-to-ignore: the other kind is still seen to be created",
      },
    },
    {
      feature:
        "`--reload-on-create=true` with `--namespaces`: at the start, all sources but those of the first namespace count as created",
      verdict: "better",
      note: "What pods run with is on record: only what is new restarts anything.",
      test: { file: appearing, title: "a first listing creates nothing" },
    },
    {
      feature: "`--reload-on-delete=true`, `annotations`: the annotation has the hash of a marker",
      verdict: "same",
      test: { file: appearing, title: "Reloader's mark of a deletion" },
    },
    {
      feature: "`--reload-on-delete=true`, `env-vars`: the variable is removed",
      verdict: "same",
      test: { file: appearing, title: "the variable of a deleted source is removed" },
    },
    {
      feature: "It is removed by its place in the list: if that has changed, another variable is lost",
      verdict: "better",
      note: "The patch applies only if the variable is still there.",
      test: { file: patch, title: "W12: where the list of variables has changed, the patch is refused as a whole" },
    },
    {
      feature: "`--reload-on-delete=true`, `env-vars`: without a variable, nothing happens",
      verdict: "better",
      note: "The restart does not depend on it.",
      test: { file: appearing, title: "a source that no variable tells of yet rolls when it is deleted" },
    },
    {
      feature: "`--reload-on-delete=true` also restarts workloads that require the source: their new pods cannot start",
      verdict: "different",
      note: "They are left alone until it is back, and a Warning Event says so; if it comes back with other content, they are restarted then.",
      restore: "make the reference `optional: true`.",
      test: {
        file: appearing,
        title: "pods whose successors could not start are left alone until the source is back",
      },
    },
    {
      feature: "A deletion that the watch did not report is lost, and the object may be printed, Secrets included",
      verdict: "better",
      note: "Whatever is not in a new listing is read again. Data never reaches the log.",
      test: { file: appearing, title: "a deletion that no watch has reported is seen" },
    },
    {
      feature: "Changes while Reloader is down are lost",
      verdict: "better",
      note: "They restart what uses the source, once, and nothing else. No flag is needed.",
      test: { file: appearing, title: "changed sources are rolled, without any flag" },
    },
    {
      feature:
        "`--sync-after-restart` with `--reload-on-create=true`: all workloads, or all that were never restarted, are restarted at the start",
      verdict: "better",
      note: "The flag is accepted and not needed: only what was created or changed meanwhile restarts anything.",
      test: {
        file: appearing,
        title: "--sync-after-restart with --reload-on-create: created sources, too, and nothing else",
      },
    },
  ],
};

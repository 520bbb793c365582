import t from "tap";
import { readWorkloadFacts, type SourceFacts, type WorkloadFacts } from "../../../src/core/comparison-facts.ts";
import { describeEntry, type LonelyRestart, whyMissed, whyOnlyReloader } from "../../../src/core/comparison-reasons.ts";
import { createReloaderDialect, reloaderKeys } from "../../../src/core/dialects/reloader.ts";
import type { ToldFailure, ToldRestart } from "../../../src/core/told-event.ts";
import { createWorkloadKinds } from "../../../src/core/workload-kinds.ts";

const minute = 60_000;
const start = Date.parse("2026-09-17T10:00:00Z");
const now = start + 30 * minute;
const windowMs = 2 * minute;
const auto = { "reloader.stakater.com/auto": "true" };
const dialect = createReloaderDialect("reloader", reloaderKeys, { autoReloadAll: false });
const iso = (ms: number): string => new Date(ms).toISOString();

interface Given {
  readonly kind?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly container?: object;
  readonly volumes?: readonly object[];
  readonly created?: number;
  /** Who wrote the template when. */
  readonly writes?: Readonly<Record<string, number>>;
}

function facts({ kind: name = "Deployment", ...given }: Given = {}): WorkloadFacts {
  const kind = createWorkloadKinds().all.find((each) => each.kind === name);
  if (kind === undefined) throw new Error(`There is no ${name}`);
  const { annotations = auto, container = all, volumes = [], created = start - 90 * minute, writes = {} } = given;
  const managedFields = Object.entries(writes).map(([manager, time]) => ({
    manager,
    time: iso(time),
    fieldsV1: { "f:spec": { "f:template": { "f:spec": {} } } },
  }));
  const metadata = { name: "web", namespace: "shop", annotations, creationTimestamp: iso(created), managedFields };
  const template = { spec: { containers: [{ name: "main", ...container }], volumes } };
  return readWorkloadFacts(kind, { metadata, spec: { template } }, dialect);
}

const all = { envFrom: [{ configMapRef: { name: "app" } }] };
const keys = {
  env: ["url", "user"].map((key) => ({ name: key, valueFrom: { configMapKeyRef: { name: "app", key } } })),
};

interface Case {
  readonly title: string;
  readonly kind?: string;
  readonly facts?: WorkloadFacts | undefined;
  readonly entry?: string;
  readonly at?: number;
  readonly source?: SourceFacts;
  readonly siblings?: readonly number[];
  readonly others?: readonly number[];
  readonly silent?: "reloader" | "restamp";
  readonly failures?: readonly ToldFailure[];
  readonly code: string;
  readonly why: RegExp;
}

function restartOf(
  side: "reloader" | "restamp",
  { kind = "Deployment", entry = "configmap/app" }: Case,
  at: number,
): ToldRestart {
  const workload = { group: "apps", kind, namespace: "shop", name: "web" };
  return { side, workload, sources: entry === "" ? [] : [entry], from: at, until: at, at };
}

function lonely(side: "reloader" | "restamp", case_: Case): LonelyRestart {
  const { silent, failures = [], source } = case_;
  return {
    restart: restartOf(side, case_, case_.at ?? start),
    facts: "facts" in case_ ? case_.facts : facts(),
    sourceOf: () => source,
    context: { windowMs, until: now, silent: new Set(silent === undefined ? [] : [silent]), failures },
  };
}

const needless: readonly Case[] = [
  {
    title: "a source that the pods do not use",
    entry: "secret/db",
    code: "not-used",
    why: /^the pod template does not refer to Secret db$/,
  },
  {
    title: "a key that the pods do not use",
    facts: facts({ container: keys }),
    code: "other-keys",
    why: /^the pods use only keys "url", "user" of ConfigMap app, which did not change$/,
  },
  {
    title: "a deploy that has replaced the pods",
    facts: facts({ writes: { helm: start + 2_000 } }),
    code: "deployed",
    why: /^a deploy replaced the pods then/,
  },
  {
    title: "a new workload",
    facts: facts({ created: start - 1_000 }),
    code: "created",
    why: /^the workload was created/,
  },
  {
    title: "a source that was created anew",
    source: { is: "present", createdAt: start },
    code: "recreated",
    why: /^ConfigMap app was created then/,
  },
  {
    title: "content that has changed back",
    siblings: [start, start + 4_500, start + 20 * minute],
    code: "changed-back",
    why: /^ConfigMap app changed 2 times within 5s and ended as it began$/,
  },
  { title: "nothing that can be seen", code: "no-change", why: /^restamp saw no change/ },
  { title: "a source that is not known", entry: "", code: "no-change", why: /^restamp saw no change/ },
  {
    title: "a source that only an annotation names",
    facts: facts({ annotations: { "secret.reloader.stakater.com/reload": "db.*" } }),
    entry: "secret/db-1",
    code: "no-change",
    why: /^restamp saw no change/,
  },
  {
    title: "writes of Reloader's own",
    facts: facts({ writes: { Reloader: start, restamp: start } }),
    code: "no-change",
    why: /^restamp saw no change/,
  },
];
for (const case_ of needless) {
  t.test(`whyOnlyReloader() finds it needless: ${case_.title}`, async (t) => {
    const siblings = (case_.siblings ?? [start]).map((at) => restartOf("reloader", case_, at));
    const because = whyOnlyReloader({ ...lonely("reloader", case_), siblings });
    t.match(because, { finding: "needless", code: case_.code, why: case_.why });
  });
}

const openOnes: readonly Case[] = [
  { title: "a Job", kind: "Job", facts: facts({ kind: "Job" }), code: "job", why: /creates it again/ },
  { title: "a workload that is gone", facts: { is: "gone" }, code: "gone", why: /^the workload does not exist/ },
  { title: "a workload that was not looked at", facts: undefined, code: "gone", why: /^the workload does not exist/ },
  {
    title: "a workload that may not be read",
    facts: { is: "unreadable", reason: "no" },
    code: "unreadable",
    why: /^no$/,
  },
  {
    title: "a workload that has opted out of restamp",
    facts: facts({ annotations: { ...auto, "restamp.dev/enabled": "false" } }),
    code: "not-asked",
    why: /^its annotations do not ask restamp for ConfigMap app$/,
  },
  { title: "no word of restamp", silent: "restamp", code: "silent", why: /^nothing was heard of restamp$/ },
  { title: "a moment ago", at: now - 5_000, code: "recent", why: /^too recent/ },
  { title: "a source that is gone", source: { is: "gone" }, code: "deleted", why: /^ConfigMap app does not exist/ },
];
for (const case_ of openOnes) {
  t.test(`whyOnlyReloader() leaves it open: ${case_.title}`, async (t) => {
    const because = whyOnlyReloader({ ...lonely("reloader", case_), siblings: [] });
    t.match(because, { finding: "open", code: case_.code, why: case_.why });
  });
}

const failure = (name: string, at: number): ToldFailure => {
  const workload = { group: "", kind: "Deployment", namespace: "shop", name };
  return { workload, first: at, last: at, message: `denied by\npolicy ${"x".repeat(500)}` };
};

const missed: readonly (Case & { readonly open?: true })[] = [
  {
    title: "a kind that Reloader leaves alone",
    kind: "DeploymentConfig",
    facts: facts({ kind: "DeploymentConfig" }),
    code: "kind",
    why: /^Reloader does not restart a DeploymentConfig$/,
  },
  {
    title: "a failure",
    failures: [failure("api", start), failure("web", start - 30 * minute), failure("web", start + 1_000)],
    code: "failed",
    why: /^Reloader could not restart it: denied by policy x{100,}…$/,
  },
  {
    title: "a Secret that a driver reads",
    facts: facts({
      container: { volumeMounts: [{ name: "files", mountPath: "/files" }] },
      volumes: [{ name: "files", csi: { nodePublishSecretRef: { name: "db" } } }],
    }),
    entry: "secret/db",
    code: "unseen",
    why: /^Reloader does not see that the pods use Secret db$/,
  },
  {
    title: "a source that was created",
    source: { is: "present", createdAt: start },
    code: "appeared",
    why: /^ConfigMap app was created then: for Reloader no change/,
  },
  {
    title: "others that were restarted",
    others: [start - minute],
    code: "not-restarted",
    why: /^Reloader restarted other workloads for ConfigMap app, but not this one$/,
  },
  {
    title: "nobody restarted",
    others: [start - 5 * minute],
    code: "nobody-restarted",
    why: /^Reloader restarted nothing/,
  },
  { title: "a source that is not known", entry: "", code: "not-restarted", why: /^Reloader did not restart it$/ },
  {
    title: "a workload that is gone",
    facts: { is: "gone" },
    code: "nobody-restarted",
    why: /^Reloader restarted nothing/,
  },
  {
    title: "a workload that asks for restamp only",
    facts: facts({ annotations: { "restamp.dev/enabled": "true" } }),
    open: true,
    code: "not-asked",
    why: /^its annotations do not ask Reloader for ConfigMap app$/,
  },
  {
    title: "no word of Reloader",
    open: true,
    silent: "reloader",
    code: "silent",
    why: /^nothing was heard of Reloader$/,
  },
];
for (const case_ of missed) {
  t.test(`whyMissed() finds ${case_.open ? "nothing to say" : "a miss"}: ${case_.title}`, async (t) => {
    const others = (case_.others ?? []).map((at) => restartOf("reloader", case_, at));
    const because = whyMissed({ ...lonely("restamp", case_), others });
    t.match(because, { finding: case_.open ? "open" : "missed", code: case_.code, why: case_.why });
  });
}

t.test("describeEntry() names a source", async (t) => {
  t.equal(describeEntry("configmap/app.config"), "ConfigMap app.config");
  t.equal(describeEntry("*"), "a source that is not known");
});

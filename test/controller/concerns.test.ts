import t from "tap";
import { createConcerns } from "../../controller/concerns.ts";
import type { Case } from "../../controller/examination.ts";
import { createNotices } from "../../controller/notices.ts";
import type { ReconcilerDeps } from "../../controller/reconciler-deps.ts";
import type { TrackedWorkload } from "../../controller/workload-store.ts";
import { createReloaderDialect, reloaderKeys } from "../../src/core/dialects/reloader.ts";
import { keys } from "../../src/core/dialects/restamp.ts";
import { isMark, readPolicy } from "../../src/core/policy.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { workloadReferences } from "../../src/core/workload-references.ts";

const rules = {
  ...{ settleMs: 0, minIntervalMs: 0 },
  dialects: [createReloaderDialect("reloader", reloaderKeys, { autoReloadAll: false })],
};

/** A workload that refers to nothing, as its annotations are changed, and what its owners are told. */
function create() {
  const told: string[] = [];
  let [invalid, isLeftOut, unfollowed] = [0, false, undefined as string | undefined];
  const notices = createNotices({ record: ({ type, reason, note }) => told.push(`${type} ${reason}: ${note}`) });
  const scopes = {
    policy: (workload: TrackedWorkload["workload"]) =>
      readPolicy(workload.marks, { labels: {}, annotations: {} }, rules),
    unfollowed: () => unfollowed,
    isLeftOut: () => isLeftOut,
  };
  const metrics = { invalidAnnotation: () => void invalid++ };
  const concerns = createConcerns({ notices, scopes, metrics } as unknown as ReconcilerDeps);
  const kind = createWorkloadKinds().find("apps", "Deployment");
  if (kind === undefined) throw new Error("There are no Deployments");
  const read = (annotations: Record<string, string>, uses: readonly object[] = []) => {
    const metadata = { name: "web", namespace: "shop", uid: "u1", annotations };
    const template = { spec: { containers: [{ envFrom: uses }] } };
    return readWorkload(kind, { metadata, spec: { template } }, (key) => isMark(key, rules));
  };
  return {
    told,
    invalid: () => invalid,
    leaveOut() {
      isLeftOut = true;
    },
    unfollowed(text: string | undefined) {
      unfollowed = text;
    },
    annotations(annotations: Record<string, string>) {
      concerns.ofAnnotations({ workload: read(annotations) } as TrackedWorkload);
    },
    content(how: { annotations: Record<string, string>; uses?: readonly object[]; unreadable?: readonly string[] }) {
      const workload = read(how.annotations, how.uses);
      const policy = scopes.policy(workload);
      const references = workloadReferences(workload.template?.references ?? [], policy);
      const decision = { unreadable: how.unreadable ?? [] };
      concerns.ofContent({ tracked: { workload }, scope: { policy, references }, decision } as unknown as Case);
    },
  };
}

const wrong = { [keys.settle]: "soon", [reloaderKeys.kinds.Secret.reload]: "(" };
const idle = { [reloaderKeys.match]: "true" };
const none = {};

t.test("ofAnnotations() tells once what cannot be read, of all dialects together", async (t) => {
  const { annotations, told, invalid } = create();
  annotations(wrong);
  annotations(wrong);
  t.equal(told.length, 1);
  t.match(told, [/^Warning InvalidAnnotation: Cannot read secret\.reloader.*; Cannot read restamp\.dev\/settle/]);
  t.equal(invalid(), 1);
  annotations(none);
  annotations(wrong);
  t.equal(told.length, 2, "and again when it is back");
});

t.test("ofAnnotations() tells once what does nothing", async (t) => {
  const { annotations, told, invalid } = create();
  annotations(idle);
  annotations(idle);
  t.match(told, [/^Warning AnnotationWithoutEffect: reloader.stakater.com\/match is read on ConfigMaps and Secrets/]);
  t.equal(told.length, 1);
  t.equal(invalid(), 0, "it can be read");
});

t.test("ofAnnotations() tells once that a template is not followed", async (t) => {
  const { annotations, unfollowed, told } = create();
  unfollowed("Changes are not followed");
  annotations(none);
  annotations(none);
  t.same(told, ["Warning TemplateNotFollowed: Changes are not followed"]);
  unfollowed(undefined);
  annotations(none);
  unfollowed("Changes are not followed");
  annotations(none);
  t.equal(told.length, 2);
});

t.test("ofAnnotations() tells nothing of what is left out", async (t) => {
  const { annotations, leaveOut, unfollowed, told, invalid } = create();
  leaveOut();
  unfollowed("Changes are not followed");
  annotations({ ...wrong, ...idle });
  t.same([told, invalid()], [[], 0]);
});

t.test("ofContent() tells once what cannot be read", async (t) => {
  const { content, told } = create();
  const annotations = { [keys.enabled]: "true" };
  const uses = [{ secretRef: { name: "db" } }];
  content({ annotations, uses, unreadable: ["Secret db: forbidden", "Secret tls: forbidden"] });
  content({ annotations, uses, unreadable: ["Secret db: forbidden", "Secret tls: forbidden"] });
  t.same(told, ["Warning SourceUnreadable: Changes are not seen: Secret db: forbidden; Secret tls: forbidden"]);
  content({ annotations, uses });
  content({ annotations, uses, unreadable: ["Secret db: forbidden"] });
  t.equal(told.length, 2);
});

const following = [
  { title: "nothing", annotations: { [keys.enabled]: "true" }, want: true },
  { title: "nothing, by Reloader's annotation", annotations: { [reloaderKeys.auto]: "true" }, want: true },
  { title: "what is named", annotations: { [reloaderKeys.kinds.Secret.reload]: "db" }, want: false },
  { title: "a pattern", annotations: { [keys.enabled]: "true", [keys.extra]: "secret/x-*" }, want: false },
  {
    title: "what its template uses",
    annotations: { [keys.enabled]: "true" },
    uses: [{ secretRef: { name: "db" } }],
    want: false,
  },
  {
    title: "what it has excluded",
    annotations: { [keys.enabled]: "true", [keys.exclude]: "secret/db" },
    uses: [{ secretRef: { name: "db" } }],
    want: false,
  },
  {
    title: "a kind that does not count",
    annotations: { [keys.enabled]: "true", [keys.kinds]: "configmap" },
    uses: [{ secretRef: { name: "db" } }],
    want: true,
  },
  { title: "nothing, and did not ask for it itself", annotations: {}, want: false },
];
for (const { title, want, ...how } of following) {
  const { content, told } = create();
  content(how);
  content(how);
  const { ConfigMap, Secret } = reloaderKeys.kinds;
  const naming = keys.enabled in how.annotations ? keys.extra : `${ConfigMap.reload} or ${Secret.reload}`;
  const note = `It takes part, and refers to no ConfigMap or Secret that counts: name what it reads through the API in ${naming}`;
  t.same(told, want ? [`Warning NothingToFollow: ${note}`] : [], `ofContent() of a workload that follows ${title}`);
}

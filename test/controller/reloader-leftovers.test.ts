import t from "tap";
import { missedByReloader } from "../../controller/reloader-leftovers.ts";
import { reloaderHash } from "../../src/core/reloader/content-hash.ts";
import type { SourceId, SourceKind } from "../../src/core/source.ts";
import type { SourceState } from "../../src/core/source-state.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";

const kind = createWorkloadKinds().find("apps", "Deployment");
if (kind === undefined) throw new Error("There are no Deployments");

const hashOf = (value: string): string => reloaderHash("ConfigMap", { data: { key: value } });
const [now, before] = [hashOf("now"), hashOf("before")];
const refer = (of: SourceKind, name: string) =>
  of === "Secret" ? { secretRef: { name } } : { configMapRef: { name } };

/** The sources that Reloader has missed, of a workload with variables in its containers. */
function missed(how: {
  /** By container. */
  readonly variables: readonly Readonly<Record<string, string>>[];
  readonly refers?: readonly { readonly kind: SourceKind; readonly name: string }[];
  readonly state?: (source: SourceId) => SourceState | undefined;
}): readonly string[] {
  const { variables, refers = [{ kind: "ConfigMap", name: "app" }], state = () => present() } = how;
  const containers = variables.map((each, index) => ({
    env: Object.entries(each).map(([name, value]) => ({ name, value })),
    envFrom: index === 0 ? refers.map((source) => refer(source.kind, source.name)) : [],
  }));
  if (kind === undefined) throw new Error("There are no Deployments");
  const object = { metadata: { name: "web", namespace: "shop" }, spec: { template: { spec: { containers } } } };
  return [...missedByReloader(readWorkload(kind, object), { state })].sort();
}

function present(hash: string | undefined = now): SourceState {
  const none = { uid: "u", version: 1, content: new Map(), history: new Map(), appearedAt: 0, removedSince: 0 };
  return { is: "present", ...none, writtenAt: 0, ignored: false, reloaderHash: hash };
}

const name = "STAKATER_APP_CONFIGMAP";

t.test("missedByReloader() finds what is newer than what Reloader wrote about it", async (t) => {
  t.same(missed({ variables: [{ [name]: before }] }), ["configmap/app"]);
  t.same(missed({ variables: [{ [name]: now }] }), []);
  t.same(missed({ variables: [{}] }), [], "nothing was written");
});

t.test("missedByReloader() asks only about what the workload refers to and can be read", async (t) => {
  t.same(missed({ variables: [{ STAKATER_OTHER_CONFIGMAP: before }] }), [], "an old variable");
  t.same(missed({ variables: [{ STAKATER_APP_SECRET: before }] }), [], "of another kind");
  t.same(missed({ variables: [{ [name]: before }], state: () => undefined }), [], "not read yet");
  t.same(missed({ variables: [{ [name]: before }], state: () => ({ is: "absent" }) }), [], "gone");
  const unhashed: SourceState = { ...present(), ...{ reloaderHash: undefined } } as SourceState;
  t.same(missed({ variables: [{ [name]: before }], state: () => unhashed }), [], "where hashes are not wanted");
});

t.test("missedByReloader() is content with one variable that fits", async (t) => {
  t.same(missed({ variables: [{ [name]: before }, { [name]: now }] }), [], "in another container");
  const refers = [
    { kind: "ConfigMap", name: "app.v1" },
    { kind: "ConfigMap", name: "app-v1" },
  ] as const;
  const variables = [{ STAKATER_APP_V1_CONFIGMAP: now }];
  const one = ({ name: of }: SourceId) => present(of === "app-v1" ? now : hashOf("other"));
  t.same(missed({ variables, refers, state: one }), [], "of sources that share its name");
  const none = () => present(hashOf("other"));
  t.same(missed({ variables, refers, state: none }), ["configmap/app-v1", "configmap/app.v1"], "else all are suspect");
});

t.test("missedByReloader() looks at each variable by itself", async (t) => {
  const refers = [
    { kind: "ConfigMap", name: "app" },
    { kind: "Secret", name: "db" },
  ] as const;
  const variables = [{ [name]: now, STAKATER_DB_SECRET: before }];
  t.same(missed({ variables, refers }), ["secret/db"]);
});

import t from "tap";
import { readNamespace } from "../../controller/namespace-store.ts";
import { createReferenceIndex } from "../../controller/reference-index.ts";
import { createScopes } from "../../controller/scope.ts";
import { readWorkload, type Workload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";

const kinds = createWorkloadKinds();
const shop = readNamespace({ metadata: { name: "shop" } });
const container = { name: "main", image: "app:1", envFrom: [{ configMapRef: { name: "app" } }] };

/** Scopes of a namespace that has not opted in, and what was referred to first. */
function create() {
  const index = createReferenceIndex(() => undefined);
  const referenced: string[] = [];
  const scopes = createScopes({
    ...{ kinds, index, rules: { settleMs: 0, minIntervalMs: 0 } },
    namespace: (name) => (name === "shop" ? shop : undefined),
    selects: () => true,
    onReferenced: (found) => referenced.push(...found.map(({ name }) => name)),
  });
  return { scopes, index, referenced };
}

function read(group: string, name: string, object: { metadata: object; spec: object }): Workload {
  const kind = kinds.find(group, name);
  if (kind === undefined) throw new Error(`There is no kind ${name}`);
  return readWorkload(kind, { ...object, metadata: { namespace: "shop", ...object.metadata } });
}

const said = (enabled: string | undefined) =>
  enabled === undefined ? {} : { annotations: { "restamp.dev/enabled": enabled } };
const deployment = (enabled?: string) =>
  read("apps", "Deployment", {
    metadata: { name: "web", ...said(enabled) },
    spec: { template: { spec: { containers: [container] } } },
  });
const rollout = (name: string, enabled?: string) =>
  read("argoproj.io", "Rollout", {
    metadata: { name, ...said(enabled) },
    spec: { workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
  });

t.test("a workload is within reach by its own word, and its sources are followed", async (t) => {
  const { scopes, index, referenced } = create();
  scopes.note(deployment());
  t.equal(scopes.get(deployment()), undefined);
  t.same(referenced, []);
  scopes.note(deployment("true"));
  t.ok(scopes.get(deployment("true")));
  t.same(referenced, ["app"]);
  const app = { kind: "ConfigMap", namespace: "shop", name: "app" } as const;
  t.same(index.workloads(app), ["Deployment.apps/shop/web"]);
  scopes.note(deployment("false"));
  t.notOk(index.has(app));
});

t.test("a Deployment takes part by the word of any Rollout that runs its template; its own is stronger", async (t) => {
  const { scopes } = create();
  scopes.note(rollout("old"));
  t.equal(scopes.get(deployment()), undefined);
  t.same(scopes.note(rollout("new", "true")), ["Deployment.apps/shop/web"]);
  t.equal(scopes.get(deployment())?.borrower?.name, "new", "not the one that was noted first");
  t.equal(scopes.get(deployment("false")), undefined);
  t.ok(scopes.hasSaid(deployment("false")));
  scopes.forget(rollout("new"));
  t.equal(scopes.get(deployment()), undefined);
});

t.test("outside a known Namespace nothing is told", async (t) => {
  const { scopes } = create();
  t.ok(scopes.isTold(deployment()));
  t.notOk(scopes.isTold({ ...deployment(), namespace: "elsewhere" }));
});

import t from "tap";
import { createLending } from "../../controller/lending.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { createWorkloadKinds, type WorkloadKind } from "../../src/core/workload-kinds.ts";

const kinds = createWorkloadKinds();
const kindOf = (group: string, kind: string): WorkloadKind => {
  const found = kinds.find(group, kind);
  if (found === undefined) throw new Error(`There is no "${kind}"`);
  return found;
};
const deployment = (name: string) =>
  readWorkload(kindOf("apps", "Deployment"), { metadata: { name, namespace: "shop" }, spec: { template: {} } });
const rollout = (ref?: { kind: string; name: string; apiVersion?: string }, name = "web") =>
  readWorkload(kindOf("argoproj.io", "Rollout"), {
    metadata: { name, namespace: "shop" },
    spec: ref === undefined ? { template: {} } : { workloadRef: { apiVersion: "apps/v1", ...ref } },
  });
const namesOf = (workloads: readonly { readonly name: string }[]) => workloads.map(({ name }) => name);

t.test("note() tells which Deployment a Rollout's template concerns", async (t) => {
  const lending = createLending(kinds);
  t.strictSame(lending.note(rollout({ kind: "Deployment", name: "a" })), ["Deployment.apps/shop/a"]);
  t.strictSame(namesOf(lending.borrowers(deployment("a"))), ["web"]);
  t.strictSame(lending.borrowers(deployment("b")), []);
  t.strictSame(lending.note(deployment("a")), [], "a Deployment has its own");
});

t.test("note() concerns the former Deployment too", async (t) => {
  const lending = createLending(kinds);
  lending.note(rollout({ kind: "Deployment", name: "a" }));
  const both = ["Deployment.apps/shop/a", "Deployment.apps/shop/b"];
  t.strictSame(lending.note(rollout({ kind: "Deployment", name: "b" })), both);
  t.strictSame(lending.borrowers(deployment("a")), []);
  t.strictSame(lending.forget(rollout()), ["Deployment.apps/shop/b"]);
  t.strictSame(lending.borrowers(deployment("b")), []);
});

t.test("a Rollout that takes the place of another one goes on borrowing when that is gone", async (t) => {
  const lending = createLending(kinds);
  const ref = { kind: "Deployment", name: "a" };
  lending.note(rollout(ref, "old"));
  lending.note(rollout(ref, "new"));
  lending.note(rollout(ref, "old"));
  t.strictSame(namesOf(lending.borrowers(deployment("a"))), ["old", "new"]);
  t.strictSame(lending.forget(rollout(ref, "old")), ["Deployment.apps/shop/a"]);
  t.strictSame(namesOf(lending.borrowers(deployment("a"))), ["new"]);
});

t.test("unfollowed() says what to do where a template lies in a kind that is not followed", async (t) => {
  const { unfollowed } = createLending(kinds);
  t.match(unfollowed(rollout({ kind: "ReplicaSet", name: "a" })), /lies in ReplicaSet "a"; refer to a Deployment/);
  t.equal(unfollowed(rollout({ kind: "Deployment", name: "a" })), undefined);
  t.equal(unfollowed(rollout()), undefined);
  const without = createLending(createWorkloadKinds({ ignoredWorkloadTypes: ["deployments"] }));
  t.match(without.unfollowed(rollout({ kind: "Deployment", name: "a" })), /lies in Deployment "a"/);
  t.strictSame(without.note(rollout({ kind: "Deployment", name: "a" })), []);
});

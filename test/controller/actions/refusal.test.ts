import t from "tap";
import { isRefusal, isRefusalOrGone, pathOf } from "../../../controller/actions/refusal.ts";
import { ClusterError } from "../../../src/core/errors.ts";
import { createWorkloadKinds } from "../../../src/core/workload-kinds.ts";

t.test("isRefusal() tells what trying again will not change", async (t) => {
  for (const code of ["invalid", "forbidden", "bad-request"] as const) {
    t.ok(isRefusal(new ClusterError(code, "no")), code);
  }
  for (const code of ["conflict", "throttled", "unavailable", "timeout", "unauthorized"] as const) {
    t.notOk(isRefusal(new ClusterError(code, "later")), code);
  }
  t.notOk(isRefusal(new Error("a bug")));
});

t.test("isRefusalOrGone() is that, or a 404: only a look tells whose", async (t) => {
  t.ok(isRefusalOrGone(new ClusterError("not-found", "no")));
  t.ok(isRefusalOrGone(new ClusterError("invalid", "no")));
  t.notOk(isRefusalOrGone(new ClusterError("conflict", "later")));
  t.notOk(isRefusalOrGone(new Error("a bug")));
});

t.test("pathOf() is the path of one object", async (t) => {
  const kind = createWorkloadKinds().find("batch", "Job");
  const path = "/apis/batch/v1/namespaces/shop/jobs/migrate";
  t.equal(kind && pathOf({ kind, namespace: "shop", name: "migrate", uid: "u1" }), path);
});

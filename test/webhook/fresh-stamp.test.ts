import t from "tap";
import { createLimiter } from "../../src/core/limiter.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { type AdmissionDeadline, startDeadline } from "../../webhook/admission-deadline.ts";
import { triage } from "../../webhook/admission-subject.ts";
import { freshStamp } from "../../webhook/fresh-stamp.ts";
import { createLiveReads } from "../../webhook/live-reads.ts";
import { admissionRequest, deployment } from "../helpers/admission.ts";
import {
  type AdmissionBench,
  admissionBench,
  ownRules,
  setNamespace,
  shopPath,
  testKey,
} from "../helpers/admission-bench.ts";

const kinds = createWorkloadKinds();

async function fresh(
  { cluster, keys }: AdmissionBench,
  object: object,
  deadline: AdmissionDeadline = startDeadline(10_000),
) {
  const found = triage(admissionRequest({ object }), kinds);
  if (found.is !== "subject") throw new Error("not a subject");
  const reads = createLiveReads({ api: cluster.api, rules: ownRules, limit: createLimiter(32) });
  const chooseKey = async () => keys.at(-1);
  const made = await freshStamp(found.subject, { reads, rules: ownRules, deadline, chooseKey });
  deadline.end();
  return made;
}

t.test("freshStamp() reads what is there at this moment", async (t) => {
  const b = await admissionBench(t);
  const one = await fresh(b, deployment());
  b.put("secrets", "db", { data: { password: "aHVudGVyMg==", other: "eQ==" } });
  const two = await fresh(b, deployment());
  t.same(two, one, "a key that the template does not use is nothing");
  b.put("secrets", "db", { data: { password: "aHVudGVyMw==", other: "eQ==" } });
  const three = await fresh(b, deployment());
  t.ok(one.is === "fresh" && three.is === "fresh");
  if (one.is !== "fresh" || three.is !== "fresh") return;
  t.not(three.stamp.entries.get("secret/db"), one.stamp.entries.get("secret/db"), "one that it uses is a change");
  t.equal(
    three.stamp.entries.get("configmap/app-config"),
    one.stamp.entries.get("configmap/app-config"),
    "of its source alone",
  );
  const other = one.under(testKey("k2-bbbbbb", 2));
  t.equal(other.keyId, "k2-bbbbbb");
  t.not(
    other.entries.get("secret/db"),
    one.stamp.entries.get("secret/db"),
    "under() is the same in terms of another key",
  );
});

t.test("freshStamp() tells nothing without an opt-in", async (t) => {
  const b = await admissionBench(t);
  setNamespace(b, { labels: { "restamp.dev/enabled": "false" } });
  b.cluster.answers.set(shopPath("secrets", "db"), "hang");
  const start = performance.now();
  t.same(await fresh(b, deployment()), { is: "disabled", problems: [] });
  t.ok(performance.now() - start < 5_000, "and does not wait for what it will not tell");
});

t.test("freshStamp() fails as a whole where it must", async (t) => {
  const b = await admissionBench(t);
  b.cluster.answers.set("/api/v1/namespaces/shop", { status: 500 });
  t.match(await fresh(b, deployment()), {
    is: "failed",
    reason: "could not read the Namespace: the API server did not answer",
  });
  setNamespace(b, { labels: { "restamp.dev/enabled": "true" } });
  b.cluster.answers.set(shopPath("secrets", "db"), "hang");
  b.cluster.answers.set(shopPath("configmaps", "app-config"), "hang");
  const blind = await fresh(b, deployment(), startDeadline(1_000));
  t.match(blind, { is: "failed", reason: 'could not read ConfigMap "app-config": no answer in time' });
  b.put("secrets", "db", { data: {} });
  t.match(await fresh(b, deployment(), startDeadline(1_500)), { is: "fresh" }, "one that could be read is enough");
  b.keys.length = 0;
  t.match(await fresh(b, deployment(), startDeadline(1_500)), { is: "failed", reason: "there is no digest key yet" });
});

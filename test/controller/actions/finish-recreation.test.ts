import t from "tap";
import { createAgain, lookAtOldJob, waitForOldJob } from "../../../controller/actions/finish-recreation.ts";
import { createJobManifests } from "../../../controller/actions/job-manifests.ts";
import { jobToRecreate } from "../../../src/core/reloader/jobs.ts";
import { openActionsBench, podBody } from "../../helpers/actions-bench.ts";

const bench = await openActionsBench({});
const { kube, api, signal } = bench;
const namespace = await bench.namespace("shop");
const manifests = createJobManifests(api, { namespace });
const path = `/apis/batch/v1/namespaces/${namespace}/jobs/migrate`;
const hold = { finalizers: ["example.com/hold"] };
const now = (): number => Date.now();

async function job() {
  const metadata = { name: "migrate", namespace, ...hold };
  const spec = { template: { spec: podBody } };
  return kube.create({ apiVersion: "batch/v1", kind: "Job", metadata, spec });
}

t.test("an old Job is there, leaves, is gone, and has a successor", async (t) => {
  const object = await job();
  const manifest = { uid: object.metadata.uid ?? "", job: jobToRecreate(object) };
  const look = () => lookAtOldJob(api, manifest, { signal });
  await manifests.store(manifest, { signal });
  t.strictSame(await look(), { is: "there" });
  t.strictSame(await createAgain({ api, manifests }, manifest, { signal }), { is: "waiting" }, "its name is taken");
  await kube.delete(path, { propagationPolicy: "Background" });
  t.strictSame(await waitForOldJob(api, manifest, { limitMs: 100, now }), { is: "leaving" });
  const waiting = waitForOldJob(api, manifest, { limitMs: 20_000, now });
  await kube.patch(path, { metadata: { finalizers: null } });
  t.strictSame(await waiting, { is: "gone" });
  t.equal((await manifests.list(signal)).length, 1, "kept until the Job is there");
  t.strictSame(await createAgain({ api, manifests }, manifest, { signal }), { is: "recreated" });
  t.strictSame(await look(), { is: "replaced" });
  t.strictSame(await manifests.list(signal), []);
  t.strictSame(await createAgain({ api, manifests }, manifest, { signal }), { is: "recreated" }, "and a second time");
});

import t, { type Test } from "tap";
import { digestKeyData, makeDigestKey } from "../../src/core/digest-keys.ts";
import { createKeyRing } from "../../src/kube/key-ring.ts";
import { startDeadline } from "../../webhook/admission-deadline.ts";
import { createDigestKeyRefresh } from "../../webhook/digest-key-refresh.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import { startLocalApiServer } from "../helpers/local-api-server.ts";
import { createRecordingLog } from "../helpers/recording-log.ts";

const path = "/api/v1/namespaces/restamp-system/secrets/restamp-keys";
const metadata = { name: "restamp-keys", uid: "u1" };
const secretOf = (...keys: Parameters<typeof digestKeyData>[0]) => ({
  object: { metadata, data: digestKeyData(keys) },
});
const first = makeDigestKey(1_000_000);
const second = makeDigestKey(2_000_000);

async function refreshed(t: Test, intervalMs: number) {
  const cluster = await startLocalApiServer();
  const clock = { at: 10_000_000, now: () => clock.at };
  const options = { namespace: "restamp-system", name: "restamp-keys", propagationMs: 0 };
  const log = createRecordingLog();
  const ring = createKeyRing({ api: cluster.api, clock }, options);
  const keys = createDigestKeyRefresh({ ring, log, clock }, { intervalMs, retryMaxMs: 20 });
  const stop = new AbortController();
  t.teardown(() => {
    stop.abort();
    return cluster.close();
  });
  return { cluster, clock, log, keys, start: () => keys.start(stop.signal) };
}

t.test("start() asks until there is a key", async (t) => {
  const { cluster, keys, log, start } = await refreshed(t, 60_000);
  cluster.fallback = { status: 500 };
  start();
  await waitFor(() => cluster.asked.length >= 2, { describe: "two tries" });
  t.equal(keys.problem(), "no digest key yet: the key Secret cannot be read (unavailable): see the log");
  t.equal(keys.signing(), undefined);
  t.match(log.lines[0], { level: "warn", message: "Cannot read the digest keys" });
  cluster.fallback = { status: 404 };
  const asked = cluster.asked.length;
  await waitFor(() => cluster.asked.length > asked + 1, { describe: "a try without the Secret" });
  t.equal(keys.problem(), "no digest key yet: waiting for the key Secret, which the controller makes");
  cluster.answers.set(path, secretOf(first));
  await waitFor(() => keys.problem() === undefined, { describe: "the key" });
  t.match(keys.signing(), { id: first.id });
  t.notMatch(JSON.stringify(log.lines), first.bytes.toString("base64"), "logs ids, no keys");
});

t.test("start() follows the Secret", async (t) => {
  const { cluster, keys, start } = await refreshed(t, 20);
  cluster.answers.set(path, secretOf(first));
  start();
  await waitFor(() => keys.signing()?.id === first.id, { describe: "the first key" });
  cluster.answers.set(path, secretOf(first, second));
  await waitFor(() => keys.signing()?.id === second.id, { describe: "the second key" });
  t.match(keys.find(first.id), { id: first.id }, "keeps the former one");
  cluster.answers.set(path, { status: 404 });
  await waitFor(() => keys.signing() === undefined, { describe: "the loss" });
  t.equal(keys.problem(), undefined, "the loss of the Secret takes no Pod out of its Service");
});

t.test("lookUp() reads once in a while", async (t) => {
  const { cluster, clock, keys } = await refreshed(t, 60_000);
  cluster.answers.set(path, secretOf(first));
  const deadline = startDeadline(5_000);
  t.teardown(() => deadline.end());
  t.match(await keys.lookUp(first.id, deadline), { id: first.id });
  cluster.answers.set(path, secretOf(first, second));
  t.equal(await keys.lookUp(second.id, deadline), undefined, "not for each forged stamp");
  t.equal(cluster.asked.length, 1);
  clock.at += 5_000;
  t.match(await keys.lookUp(second.id, deadline), { id: second.id });
  clock.at += 5_000;
  cluster.answers.set(path, "hang");
  const short = startDeadline(30);
  t.equal(await keys.lookUp("k9-ffffff", short), undefined, "ends with the deadline");
  short.end();
  clock.at += 5_000;
  t.equal(await keys.lookUp("k9-ffffff", startDeadline(0)), undefined, "does not begin without time");
});

import t, { type Test } from "tap";
import { createLeaderElection, type LeaderElectionOptions } from "../../controller/leader-election.ts";
import { createApiClient } from "../../src/kube/client.ts";
import { createLeaseClient, type LeaseClient } from "../../src/kube/lease-client.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { kubeClient, waitFor } from "../controlplane/kube.ts";
import { planeAccess } from "../helpers/plane-access.ts";
import { createRecordingLog } from "../helpers/recording-log.ts";

t.setTimeout(180_000);
t.jobs = 1;

const plane = await startControlPlane();
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
const leasePath = (name: string) => `/apis/coordination.k8s.io/v1/namespaces/default/leases/${name}`;

interface CandidateOptions extends Partial<LeaderElectionOptions> {
  readonly namespace?: string;
  /** What stands between the candidate and the API server. */
  readonly through?: (leases: LeaseClient) => LeaseClient;
}

function candidate(t: Test, lease: string, identity: string, options: CandidateOptions = {}) {
  const { namespace = "default", through = (leases) => leases, ...durations } = options;
  const api = createApiClient({ access: planeAccess(plane) }, { component: "test", version: "0" });
  const log = createRecordingLog();
  const leases = through(createLeaseClient({ api, log }, { namespace, name: lease, reflector: { maxBackoffMs: 500 } }));
  const election = createLeaderElection({ leases, log }, { identity, ...durations });
  const stop = new AbortController();
  const history: string[] = [];
  const times = { started: 0, stopped: 0 };
  let fail: ((error: Error) => void) | undefined;
  const done = election.run(stop.signal, {
    onStartedLeading(leadership) {
      history.push("started");
      times.started = Date.now();
      return new Promise((resolve, reject) => {
        fail = reject;
        leadership.addEventListener("abort", () => resolve());
        if (leadership.aborted) resolve();
      });
    },
    onStoppedLeading() {
      history.push("stopped");
      times.stopped = Date.now();
    },
  });
  t.teardown(async () => {
    stop.abort();
    await done;
    await api.close();
  });
  return {
    election,
    history,
    times,
    log,
    fail: (error: Error) => fail?.(error),
    /** As a shutdown does. */
    stop: () => stop.abort(),
    done,
    /** As SIGKILL does: from one moment to the next, nothing is sent any more. */
    crash: () => api.close(),
  };
}

t.test("createLeaderElection() lets one of two lead, and hands over at once on shutdown", async (t) => {
  const one = candidate(t, "graceful", "one");
  await waitFor(() => one.election.isLeader());
  const two = candidate(t, "graceful", "two", { retryMs: 9_000 });
  const lease = await kube.get<{ spec: object }>(leasePath("graceful"));
  t.match(lease.spec, { holderIdentity: "one", leaseDurationSeconds: 15, leaseTransitions: 0 });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  t.notOk(two.election.isLeader());

  const stoppedAt = Date.now();
  one.stop();
  await waitFor(() => two.election.isLeader(), { intervalMs: 5 });
  t.comment(`taken over after ${two.times.started - stoppedAt} ms`);
  t.ok(two.times.started - stoppedAt < 5_000, "neither when the lease expires nor with its next attempt");
  t.ok(one.times.stopped <= two.times.started, "never both");
  await one.done;
  t.same([one.history, two.history], [["started", "stopped"], ["started"]]);
  t.notOk(one.election.isLeader());
  t.match(await kube.get(leasePath("graceful")), { spec: { holderIdentity: "two", leaseTransitions: 1 } });

  two.stop();
  await two.done;
  t.match(await kube.get(leasePath("graceful")), { spec: { holderIdentity: "", leaseDurationSeconds: 1 } });
});

t.test("createLeaderElection() takes the lease of a crashed leader when it expires, not before", async (t) => {
  const one = candidate(t, "crash", "one");
  await waitFor(() => one.election.isLeader());
  const two = candidate(t, "crash", "two");
  await waitFor(() => two.log.lines.some(({ message }) => message === "Watched resource changed its state"));
  const crashedAt = Date.now();
  await one.crash();
  await waitFor(() => two.election.isLeader(), { timeoutMs: 20_000 });
  const took = two.times.started - crashedAt;
  t.comment(`taken over after ${took} ms`);
  t.ok(took < 17_000 && took > 12_000, `${took} ms`);
  t.ok(one.times.stopped > 0 && one.times.stopped < two.times.started, "the crashed one had stepped down before");
});

t.test("createLeaderElection() steps down when it cannot renew, and stands again", async (t) => {
  if (plane.owned) {
    const durations = { leaseMs: 4000, renewDeadlineMs: 2000, retryMs: 300 };
    const one = candidate(t, "outage", "one", durations);
    await waitFor(() => one.election.isLeader());
    const stoppedAt = Date.now();
    await plane.stopApiServer({ signal: "SIGKILL" });
    await waitFor(() => one.history.includes("stopped"));
    const took = one.times.stopped - stoppedAt;
    t.ok(took < durations.leaseMs, `before others may lead: after ${took} ms`);
    t.notOk(one.election.isLeader());
    await plane.startApiServer();
    await waitFor(() => one.election.isLeader());
    t.same(one.history, ["started", "stopped", "started"]);
  }
});

t.test("createLeaderElection() steps down when a write never ends, whatever its signal says", async (t) => {
  let hangs = false;
  const hanging = new Promise<never>(() => undefined);
  const through = (leases: LeaseClient): LeaseClient => ({
    ...leases,
    read: (signal) => (hangs ? hanging : leases.read(signal)),
    write: (...args) => (hangs ? hanging : leases.write(...args)),
  });
  const durations = { leaseMs: 4000, renewDeadlineMs: 1000, retryMs: 200 };
  const one = candidate(t, "deaf", "one", { ...durations, through });
  await waitFor(() => one.election.isLeader());
  hangs = true;
  const start = Date.now();
  await waitFor(() => one.history.includes("stopped"));
  const took = one.times.stopped - start;
  t.ok(took < durations.leaseMs, `before others may lead: after ${took} ms`);
  t.notOk(one.election.isLeader());
  hangs = false;
  await waitFor(() => one.election.isLeader());
  t.same(one.history, ["started", "stopped", "started"]);
});

t.test("createLeaderElection() does not lead by a write whose answer came too late", async (t) => {
  let late: Promise<unknown> | undefined;
  const delay = Promise.withResolvers<void>();
  const through = (leases: LeaseClient): LeaseClient => ({
    ...leases,
    async write(...args) {
      const answer = leases.write(...args);
      if (one.history.length === 0) return answer;
      late ??= delay.promise.then(() => answer);
      await late;
      return answer;
    },
  });
  const one = candidate(t, "late", "one", { leaseMs: 2000, renewDeadlineMs: 1000, retryMs: 200, through });
  await waitFor(() => one.history.includes("stopped"));
  delay.resolve();
  await late;
  await new Promise((resolve) => setImmediate(resolve));
  t.ok(one.history.length === 3 || !one.election.isLeader(), "unless it was taken again");
});

t.test("createLeaderElection() is in no hurry where there is no namespace for the Lease", async (t) => {
  const writes: number[] = [];
  const through = (leases: LeaseClient): LeaseClient => ({
    ...leases,
    write(...args) {
      writes.push(performance.now());
      return leases.write(...args);
    },
  });
  const [namespace, retryMs] = ["to-come", 300];
  const one = candidate(t, "early", "one", { namespace, retryMs, through });
  await waitFor(() => writes.length >= 6);
  const waits = writes.slice(1).map((time, i) => Math.ceil(time - (writes[i] ?? 0)));
  // The watch tells once that there is no Lease: another attempt, at once.
  t.ok(waits.filter((ms) => ms < retryMs).length <= 1, `between attempts ${waits.join(", ")} ms`);
  await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await waitFor(() => one.election.isLeader());
});

t.test("createLeaderElection() steps down at once when somebody else has taken the lease", async (t) => {
  const one = candidate(t, "usurped", "one", { retryMs: 8_000 });
  await waitFor(() => one.election.isLeader());
  const takenAt = Date.now();
  await kube.patch(leasePath("usurped"), { spec: { holderIdentity: "usurper", leaseDurationSeconds: 5 } });
  await waitFor(() => one.history.includes("stopped"));
  t.ok(one.times.stopped - takenAt < 4_000, "not with its next renewal only");
  await waitFor(() => one.election.isLeader());
  t.ok(one.times.started - takenAt >= 4_900, "after the usurper's lease has expired");
});

t.test("createLeaderElection() keeps what others write to the Lease, and survives its deletion", async (t) => {
  const one = candidate(t, "labelled", "one", { retryMs: 100 });
  await waitFor(() => one.election.isLeader());
  await kube.patch(leasePath("labelled"), { metadata: { labels: { team: "x" } } });
  const before = await kube.get<{ spec: { renewTime: string } }>(leasePath("labelled"));
  await kube.waitFor<{ spec: { renewTime: string } }>(
    leasePath("labelled"),
    ({ spec }) => spec.renewTime > before.spec.renewTime,
  );
  t.match(await kube.get(leasePath("labelled")), { metadata: { labels: { team: "x" } } });
  await kube.delete(leasePath("labelled"));
  await kube.waitFor<{ spec: { holderIdentity: string } }>(
    leasePath("labelled"),
    ({ spec }) => spec.holderIdentity === "one",
  );
  t.same(one.history, ["started"]);
});

t.test("createLeaderElection() gives the lease up when the work fails", async (t) => {
  const one = candidate(t, "failing", "one");
  await waitFor(() => one.election.isLeader());
  one.fail(new Error("broken"));
  await waitFor(() => one.history.length === 3);
  t.same(one.history, ["started", "stopped", "started"]);
  t.ok(one.log.lines.some(({ level, message }) => level === "error" && /giving up the lease/.test(message)));
});

t.test("createLeaderElection() elects exactly one of many at any time", async (t) => {
  const durations = { leaseMs: 2000, renewDeadlineMs: 1500, retryMs: 100 };
  const candidates = ["a", "b", "c", "d", "e"].map((identity) => candidate(t, "many", identity, durations));
  const leading = () => candidates.filter(({ election }) => election.isLeader());
  for (let round = 0; round < candidates.length; round++) {
    await waitFor(() => leading().length > 0, { intervalMs: 5 });
    t.equal(leading().length, 1);
    const [leader] = leading();
    leader?.stop();
    await leader?.done;
  }
  const periods = candidates.map(({ times }) => times).sort((one, other) => one.started - other.started);
  for (const [i, { started }] of periods.entries()) t.ok(i === 0 || started >= (periods[i - 1]?.stopped ?? 0));
});

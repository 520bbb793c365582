import t from "tap";
import { createVersionSequences } from "../../controller/version-sequences.ts";
import { configMaps, resourcePath, secrets } from "../../src/core/object-ref.ts";
import { createWorkloadKinds, parseCustomWorkload } from "../../src/core/workload-kinds.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import { startLocalApiServer } from "../helpers/local-api-server.ts";
import { createRecordingLog } from "../helpers/recording-log.ts";

// The real API server keeps everything in one etcd; one with two sequences is made up here.

const custom = parseCustomWorkload("example.com/v1/widgets/Widget");
if ("problem" in custom) throw new Error(custom.problem);
const kinds = createWorkloadKinds({ customWorkloads: [custom] });
const [deployments] = kinds.all;
const rollouts = kinds.find("argoproj.io", "Rollout");
if (deployments === undefined || rollouts === undefined) throw new Error("Cannot test: a kind is missing");

const forbidden = { status: 403 };
const listed = (version: string) => ({ object: { metadata: { resourceVersion: version } } });

t.test("probe() asks in another namespace where it may not list in the first", async (t) => {
  const cluster = await startLocalApiServer();
  t.teardown(() => cluster.close());
  cluster.fallback = forbidden;
  const namespaced = { kinds: [deployments], sources: [configMaps, secrets], namespaces: ["gone", "shop"] };
  for (const resource of [deployments, configMaps, secrets]) {
    cluster.answers.set(`${resourcePath(resource, { namespace: "shop" })}?limit=1`, listed("500"));
  }
  const sequences = createVersionSequences({ api: cluster.api, log: createRecordingLog() }, namespaced);
  await sequences.probe(new AbortController().signal);
  t.ok(sequences.isOne(deployments));
});

t.test("probe() goes on where nothing may be listed, and run() asks again", async (t) => {
  const cluster = await startLocalApiServer();
  t.teardown(() => cluster.close());
  cluster.fallback = forbidden;
  const log = createRecordingLog();
  const only = { kinds: [deployments], sources: [configMaps, secrets] };
  const sequences = createVersionSequences({ api: cluster.api, log }, only);
  const { signal } = new AbortController();
  await sequences.probe(signal);
  t.notOk(sequences.isOne(deployments), "in doubt");
  t.match(log.lines, [{ message: /until they may be listed/ }]);
  cluster.fallback = listed("500");
  await sequences.run(signal, () => true);
  t.ok(sequences.isOne(deployments));
  cluster.fallback = { status: 500 };
  const failing = createVersionSequences({ api: cluster.api, log }, only);
  await t.rejects(failing.probe(signal), { code: "unavailable" }, "what may pass is for the caller to try again");
});

t.test("probe() goes on where an API is switched off, and doubts nothing but that", async (t) => {
  const cluster = await startLocalApiServer();
  t.teardown(() => cluster.close());
  const log = createRecordingLog();
  const jobs = kinds.find("batch", "Job");
  const cronJobs = kinds.find("batch", "CronJob");
  if (jobs === undefined || cronJobs === undefined) throw new Error("Cannot test: a kind is missing");
  cluster.fallback = listed("500");
  for (const off of [jobs, cronJobs]) cluster.answers.set(`${resourcePath(off)}?limit=1`, { status: 404 });
  const sources = [configMaps, secrets];
  const sequences = createVersionSequences({ api: cluster.api, log }, { kinds: kinds.all, sources });
  await sequences.probe(new AbortController().signal);
  t.same([deployments, jobs, cronJobs].map(sequences.isOne), [true, false, false]);
  t.match(log.lines, [{ fields: { resource: "cronjobs.batch" } }, { fields: { resource: "jobs.batch" } }]);
});

t.test("createVersionSequences() asks about each kind that is served, and is in doubt until it knows", async (t) => {
  const cluster = await startLocalApiServer();
  t.teardown(() => cluster.close());
  const log = createRecordingLog();
  cluster.fallback = listed("500");
  const sequences = createVersionSequences(
    { api: cluster.api, log },
    { kinds: kinds.all, sources: [configMaps, secrets] },
  );
  const stopping = new AbortController();
  t.notOk(sequences.isOne(deployments), "nothing is known yet");
  await sequences.probe(stopping.signal);
  t.ok(sequences.isOne(deployments));
  t.notOk(sequences.isOne(rollouts), "not every cluster has it: not asked yet");
  // An API server of its own, with a storage of its own.
  cluster.answers.set(`${resourcePath(custom)}?limit=1`, listed("7"));
  const served = new Set([custom]);
  const running = sequences.run(stopping.signal, (kind) => served.has(kind));
  await waitFor(() => log.lines.some(({ fields }) => JSON.stringify(fields).includes("widgets.example.com")), {
    describe: "a warning",
  });
  t.notOk(sequences.isOne(custom));
  t.notOk(sequences.isOne(rollouts), "not served");
  served.add(rollouts);
  await waitFor(() => sequences.isOne(rollouts), { describe: "a kind that has come to be served" });
  t.notOk(sequences.isOne(custom));
  stopping.abort();
  await running;
});

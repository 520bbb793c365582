import { readFile } from "node:fs/promises";
import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { refusal, refuseRestarts } from "../helpers/refuse-restarts.ts";
import { installReloader, unpaced } from "../helpers/reloader-install.ts";
import { auto } from "../helpers/reloader-workloads.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";
import { envFrom, openShop } from "../helpers/shop.ts";

// The log: one line for each decision that led to a restart or held one, with who, what, why and which keys; formats and levels.

t.setTimeout(240_000);
t.jobs = 1;
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installReloader(plane);
const { kube } = install;
const shop = await openShop(install, "shop", {});
const app = shop.configMap("app", { level: "1", unused: "1", other: "1" });
const db = shop.secret("db", { user: "1", password: "1" });
const metadata = { annotations: auto };
const keyRef = { name: "LEVEL", valueFrom: { configMapKeyRef: { name: "app", key: "level" } } };
const ofKey = { containers: [{ name: "main", env: [keyRef], envFrom: [{ secretRef: { name: "db" } }] }] };
for (const source of [app, db]) await kube.create(source);
await kube.create(shop.deployment("web", ofKey, { metadata }));
await kube.create(shop.deployment("files", envFrom({ configMap: "app" }), { metadata }));
await shop.caughtUp();
// Watched from their creation on: what is made within the second of the install itself is restarted once more than needed.
await install.controllers[0]?.running.stop();

async function run(t: Test, ...flags: readonly string[]): Promise<RestampProcess> {
  const controller = await install.startController([...unpaced, "--log-format=json", ...flags]);
  t.teardown(() => controller.running.stop());
  await controller.ready();
  await shop.caughtUp();
  return controller;
}

/** One line of the audit log. */
interface Decision {
  readonly level: string;
  readonly time: string;
  readonly audit: string;
  readonly workload: string;
  readonly what: string;
  readonly reason?: string;
}

async function decisions(controller: RestampProcess, workload: string): Promise<readonly Decision[]> {
  const lines = (await readFile(controller.running.log, "utf8")).split("\n").filter((line) => line.startsWith("{"));
  const parsed = lines.map((line): Decision & { readonly msg: string } => JSON.parse(line));
  return parsed.filter(({ msg, workload: of }) => msg === "Restart decision" && of === workload);
}

/** Waits for so many lines about a Deployment, and returns the last of them. */
async function decided(controller: RestampProcess, name: string, count: number): Promise<Decision | undefined> {
  let last: readonly Decision[] = [];
  const isThere = async (): Promise<boolean> => {
    last = await decisions(controller, `Deployment shop/${name}`);
    return last.length >= count;
  };
  await waitFor(isThere, {
    describe: () => `${count} decisions about ${name}: ${JSON.stringify(last)}`,
    timeoutMs: 30_000,
  });
  return last.at(-1);
}

const write = (source: KubeObject, data: Readonly<Record<string, string>>, fieldManager: string) =>
  kube.patch(source, source.kind === "Secret" ? { stringData: data } : { data }, { query: { fieldManager } });

t.test("a restart: who wrote what, which keys, and what was done", async (t) => {
  const controller = await run(t);
  await write(app, { level: "2", unused: "2" }, "kubectl-edit");
  t.match(await decided(controller, "web", 1), {
    level: "info",
    time: /^\d{4}-\d\d-\d\dT/,
    audit: "restart",
    what: 'ConfigMap app (key "level") changed',
    changes: [{ source: "ConfigMap shop/app", how: "changed", writtenBy: "kubectl-edit", keys: ["level"] }],
    action: "stamp",
    effect: String,
    seconds: Number,
  });
  const all = await decided(controller, "files", 1);
  t.match(all, { changes: [{ keys: ["level", "unused"], changedKeys: 2 }] }, "of a ConfigMap that is used as a whole");
  await write(db, { password: "2", user: "2" }, "vault");
  const secret = await decided(controller, "web", 2);
  t.match(secret, { audit: "restart", changes: [{ writtenBy: "vault", keys: [], changedKeys: 2 }] });
  t.notMatch(JSON.stringify(secret), /password/, "keys of a Secret are counted, unless the pod template names them");
  await shop.caughtUp();
  t.equal((await decisions(controller, "Deployment shop/web")).length, 2, "one line for each decision");
});

t.test("a restart that is refused, and why", async (t) => {
  const controller = await run(t);
  const allow = await refuseRestarts(kube, { namespace: "shop", name: "web" });
  t.teardown(() => allow().catch(() => undefined));
  await write(app, { level: "3" }, "kubectl-edit");
  t.match(await decided(controller, "web", 1), {
    audit: "reject",
    what: 'ConfigMap app (key "level") changed',
    changes: [{ writtenBy: "kubectl-edit", keys: ["level"] }],
    reason: new RegExp(refusal),
  });
  await allow();
  const restart = await decided(controller, "web", 2);
  t.match(restart, { audit: "restart", changes: [{ keys: ["level"] }] }, "and once, however often it was tried");
});

t.test("a restart that is held by the least time between two restarts", async (t) => {
  const controller = await run(t, "--min-interval=1h", "--min-interval-burst=1");
  // The tests before have restarted it: a new one has not been yet.
  await kube.create(shop.deployment("held", ofKey, { metadata }));
  await shop.revision("held");
  await shop.caughtUp();
  await write(app, { level: "4" }, "kubectl-edit");
  await shop.rolled("held", 2);
  await write(app, { level: "5" }, "kubectl-edit");
  t.match(await decided(controller, "held", 2), {
    audit: "hold",
    reason: "the least time between two restarts",
    what: 'ConfigMap app (key "level") changed',
    changes: [{ how: "changed", writtenBy: "kubectl-edit", keys: ["level"] }],
  });
  await shop.caughtUp();
  const all = await decisions(controller, "Deployment shop/held");
  t.same(
    all.map(({ audit }) => audit),
    ["restart", "hold"],
    "told once",
  );
  t.equal(await shop.revision("held"), 2);
  const revision = await shop.revision("web");
  await controller.running.stop();
  await run(t);
  await shop.rolled("held", 3);
  // It was held as well, and would be restarted in the middle of the next test.
  await shop.rolled("web", revision + 1);
});

t.test("a restart that is held as its pods could not start", async (t) => {
  const controller = await run(t);
  await kube.delete(db);
  // ConfigMaps and Secrets are watched apart: what is written first may be seen last.
  const isMissed = async () => (await shop.events("web")).some(({ reason }) => reason === "SourceMissing");
  await waitFor(isMissed, { describe: "the Secret to be missed" });
  await write(app, { level: "6" }, "kubectl-edit");
  t.match(await decided(controller, "web", 1), {
    audit: "hold",
    reason: "a required source is missing",
    changes: [{ source: "ConfigMap shop/app", writtenBy: "kubectl-edit", keys: ["level"] }],
  });
  const revision = await shop.revision("web");
  await kube.create(db);
  t.match(await decided(controller, "web", 2), { audit: "restart" });
  await shop.rolled("web", revision + 1);
});

t.test("text by default; flags without effect say so", async (t) => {
  const idle = ["--enable-pprof", "--pprof-addr=:6060", "--sync-after-restart=true"];
  const controller = await install.startController([...unpaced, ...idle]);
  t.teardown(() => controller.running.stop());
  await controller.ready();
  const revision = await shop.revision("web");
  await write(app, { level: "7" }, "kubectl-edit");
  await shop.rolled("web", revision + 1);
  await controller.running.stop();
  const lines = (await readFile(controller.running.log, "utf8")).trim().split("\n");
  // On a machine that is too busy it loses the lease.
  const isExpected = /^\d\d:\d\d:\d\d\.\d{3} ((INFO|WARN) {2}|ERROR Leadership lost)/;
  t.same(
    lines.filter((line) => !isExpected.test(line)),
    [],
  );
  const restart = lines.filter((line) =>
    line.includes('Restart decision audit=restart workload="Deployment shop/web"'),
  );
  t.equal(restart.length, 1);
  for (const flag of ["--enable-pprof", "--pprof-addr", "--sync-after-restart"]) {
    t.ok(
      lines.some((line) => line.includes("WARN") && line.includes(`${flag} `) && line.includes("has no effect")),
      flag,
    );
  }
});

t.test("levels: only what is as severe", async (t) => {
  const controller = await run(t, "--log-level=warning");
  const revision = await shop.revision("web");
  await write(app, { level: "8" }, "kubectl-edit");
  await shop.rolled("web", revision + 1);
  t.same(await decisions(controller, "Deployment shop/web"), []);
  await controller.running.stop();
  const detailed = await run(t, "--log-level=trace");
  t.match(await readFile(detailed.running.log, "utf8"), /"level":"debug"/);
});

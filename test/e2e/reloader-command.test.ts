import { spawnSync } from "node:child_process";
import { join } from "node:path";
import t from "tap";
import { reloaderHash } from "../../src/core/reloader/content-hash.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { freePort } from "../controlplane/free-port.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { leading, restampProcess } from "../helpers/restamp-process.ts";
import { checkSecrecyAtStop, secretValue } from "../helpers/secrecy.ts";
import { type Deployment, envFrom, openShop } from "../helpers/shop.ts";

// Drop-in: "restamp reloader" starts as Reloader's chart starts Reloader, in a real cluster.

const entryPoint = process.env["RESTAMP_TEST_ENTRY"] ?? join(import.meta.dirname, "..", "..", "src", "main.ts");

function restamp(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entryPoint, "reloader", ...args], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  return { status, stdout, stderr };
}

t.test("--help shows both spellings", async (t) => {
  const { status, stdout, stderr } = restamp("--help");
  t.match({ status, stderr }, { status: 0, stderr: "" });
  t.match(stdout, /^Usage: restamp reloader \[options\]\n/);
  t.match(
    stdout,
    /^ {2}--watch-namespaces=NAME,\.\.\.\n {2}--namespaces\n(.|\n)*?\[RESTAMP_WATCH_NAMESPACES, KUBERNETES_NAMESPACE; /m,
  );
  t.match(stdout, /^ {2}--\[no-\]argo-rollouts\n {2}--is-Argo-Rollouts\n {2}--is-argo-rollouts\n/m);
});

t.test("wrong flags are refused with 2, all at once, each with what to write", async (t) => {
  const { status, stdout, stderr } = restamp(
    ...["--reload-strategy=rolling", "--resources-to-ignore=configmaps", "--resources-to-ignore=secrets"],
    ...["--is-ArgoRollouts=true", "--log-level=loud"],
  );
  t.match({ status, stdout }, { status: 2, stdout: "" });
  t.match(stderr, /^Cannot start "restamp reloader": wrong options\n/);
  t.match(stderr, /--reload-strategy "rolling": not one of the choices; write stamp, env-vars or annotations\n/);
  t.match(stderr, /--resources-to-ignore \(configmaps,secrets\) ignores everything: write one of/);
  t.match(stderr, /Unknown option --is-ArgoRollouts: did you mean --is-Argo-Rollouts\?\n/);
  t.match(stderr, /--log-level "loud": /);
});

t.test("it becomes ready in a cluster, and answers Reloader's probes", async (t) => {
  const plane = await startControlPlane();
  t.teardown(() => plane.stop());
  const install = await installRestamp(plane, { controllers: 0 });
  const { kube, namespace } = install;
  const shop = await openShop(install, "shop", {});
  const metadata = { annotations: { "reloader.stakater.com/auto": "true" } };
  await kube.create(shop.secret("db", { password: "1" }));
  await kube.create(shop.deployment("web", envFrom({ secret: "db" }), { metadata }));
  const port = await freePort();
  const running = await plane.run({
    name: "reloader",
    command: process.execPath,
    args: [
      ...[entryPoint, "reloader", "--reload-strategy=env-vars", "--reload-on-create=true", "--sync-after-restart=true"],
      ...["--is-Argo-Rollouts=true", "--log-format=json", "--log-level=debug", `--ops-address=127.0.0.1:${port}`],
    ],
    env: {
      PATH: process.env["PATH"],
      KUBECONFIG: kube.kubeconfigFor(await kube.createToken(namespace, "restamp-controller")),
      ...{ POD_NAMESPACE: namespace, RELOADER_NAMESPACE: namespace, RELOADER_DEPLOYMENT_NAME: "reloader" },
    },
  });
  const ops = `http://127.0.0.1:${port}`;
  const reloader = restampProcess("reloader", ops, running);
  checkSecrecyAtStop(plane, [reloader], namespace);
  const get = async (path: string) => {
    const response = await fetch(`${ops}${path}`).catch(() => undefined);
    return { status: response?.status, text: (await response?.text()) ?? "" };
  };
  await reloader.ready();
  t.match(await get("/live"), { status: 200, text: "alive" });
  t.match(await get("/metrics"), { status: 200, text: /^restamp_build_info/m });
  t.match(await get("/debug/pprof/"), { status: 404 });
  const info = await kube.waitFor<KubeObject & { data: { deploymentInfo: string } }>(
    `/api/v1/namespaces/${namespace}/configmaps/reloader-meta-info`,
    () => true,
  );
  t.strictSame(JSON.parse(info.data.deploymentInfo), { name: "reloader", namespace });

  await leading(reloader);
  // Whatever it says at level debug about a Secret that changes is searched when the plane stops.
  const changed = await kube.patch(shop.secret("db", {}), { stringData: { password: secretValue("2") } });
  const hash = reloaderHash("Secret", changed);
  await kube.waitFor<Deployment>(shop.deployment("web"), ({ spec }) => JSON.stringify(spec).includes(hash));
});

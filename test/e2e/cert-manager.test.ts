import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { type Deployment, envFrom, openShop } from "../helpers/shop.ts";

// The webhook's certificate, and an application's, by the real cert-manager.

const plane = await startControlPlane({ controllerManager: true, certManager: true });
t.teardown(() => plane.stop());
const install = await installRestamp(plane, { webhook: "cert-manager", controllerArgs: ["--settle=1s"] });
const { kube } = install;

type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };

t.test("a renewal of the leaf, then of the CA, under load loses no stamp and fails no request", async (t) => {
  const shop = await openShop(install, "load");
  await kube.create(shop.configMap("app", { a: "1" }));
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" })));
  const stamp = await shop.stamp("web");
  t.match(stamp, /^v1:.*configmap\/app=/, "stamped when created");

  const load = applyUntilStopped(async (count) => {
    const image = `registry.example/app:${count}`;
    const applied = await kube.apply<Deployment>(shop.deployment("web", envFrom({ configMap: "app" }), { image }));
    return applied.spec.template.metadata?.annotations?.["restamp.dev/stamp"] === stamp;
  });
  const served = await expiry();
  await renew(install.namespace, "restamp-webhook");
  await waitFor(async () => (await expiry()) > served, {
    timeoutMs: 60_000,
    describe: "the webhook to serve the new leaf",
  });
  await load.more(20);
  const authority = await caOf("restamp-ca");
  await renew(install.namespace, "restamp-ca");
  await waitFor(async () => (await caOf("restamp-ca")) !== authority, { timeoutMs: 60_000 });
  await load.more(20);
  const second = await expiry();
  await renew(install.namespace, "restamp-webhook");
  await waitFor(async () => (await expiry()) > second, {
    timeoutMs: 60_000,
    describe: "the webhook to serve a leaf of the new CA",
  });
  await load.more(20);
  const { requests, unstamped } = await load.stop();

  t.ok(requests > 60, `${requests} requests`);
  t.equal(unstamped, 0, "every answer has the stamp");
  t.notMatch(
    await plane.apiServerMetrics(),
    /^apiserver_admission_webhook_fail_open_count\{/m,
    "the API server reached the webhook each time",
  );
});

t.test("an application that uses the Secret of a Certificate rolls once for one renewal", async (t) => {
  const shop = await openShop(install, "tls");
  const inShop = (kind: string, name: string, spec: object): KubeObject =>
    ({ apiVersion: "cert-manager.io/v1", kind, metadata: { name, namespace: "tls" }, spec }) as KubeObject;
  await kube.create(inShop("Issuer", "own", { selfSigned: {} }));
  await kube.create(
    inShop("Certificate", "app", { secretName: "app-tls", dnsNames: ["app.example"], issuerRef: { name: "own" } }),
  );
  const secret = "/api/v1/namespaces/tls/secrets/app-tls";
  const first = await kube.waitFor<Secret>(secret, ({ data }) => (data?.["tls.crt"] ?? "") !== "", {
    timeoutMs: 60_000,
  });
  await kube.create(
    shop.deployment("web", {
      volumes: [{ name: "tls", secret: { secretName: "app-tls" } }],
      containers: [{ name: "main", volumeMounts: [{ name: "tls", mountPath: "/tls" }] }],
    }),
  );
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 1, "issuing it rolls nothing");

  await renew("tls", "app");
  await kube.waitFor<Secret>(secret, ({ data }) => data?.["tls.crt"] !== first.data?.["tls.crt"], {
    timeoutMs: 60_000,
  });
  await shop.rolled("web", 2);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 2, "one renewal, one rollout");
});

/** What `cmctl renew` does: asks cert-manager for a new certificate now. */
async function renew(namespace: string, name: string): Promise<void> {
  const path = `/apis/cert-manager.io/v1/namespaces/${namespace}/certificates/${name}`;
  type Certificate = KubeObject & { status?: { conditions?: { type: string; status: string }[] } };
  const isReady = ({ status }: Certificate): boolean =>
    status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  const certificate = await kube.waitFor<Certificate>(path, isReady, { timeoutMs: 60_000 });
  const conditions = certificate.status?.conditions?.filter(({ type }) => type !== "Issuing") ?? [];
  // Certificates have times of whole seconds: only in another second is a new one told apart by its expiry.
  await waitFor(() => Date.now() % 1000 < 200);
  const lastTransitionTime = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const issuing = {
    type: "Issuing",
    status: "True",
    reason: "ManuallyTriggered",
    message: "by a test",
    lastTransitionTime,
  };
  await kube.patch(`${path}/status`, { status: { conditions: [...conditions, issuing] } });
}

/** When the certificate that the webhook serves expires, in seconds since the epoch, as it says itself. */
async function expiry(): Promise<number> {
  const metrics = (await install.webhook?.metrics()) ?? "";
  return Number(/^restamp_certificate_expiry_timestamp_seconds (\S+)$/m.exec(metrics)?.[1]);
}

async function caOf(name: string): Promise<string | undefined> {
  const secrets = await kube.list<Secret>(`/api/v1/namespaces/${install.namespace}/secrets`);
  return secrets.find(({ metadata }) => metadata.annotations?.["cert-manager.io/certificate-name"] === name)?.data?.[
    "tls.crt"
  ];
}

/** Calls `request` over and over; it says whether its answer was right. A rejection ends the load and `stop`. */
function applyUntilStopped(request: (count: number) => Promise<boolean>) {
  const state = { requests: 0, unstamped: 0, stopped: false };
  const running = (async () => {
    while (!state.stopped) {
      if (!(await request(state.requests))) state.unstamped++;
      state.requests++;
    }
  })();
  // Looked at by `stop`; until then a failure shows as requests that do not come.
  running.catch(() => undefined);
  return {
    more: (count: number) => {
      const goal = state.requests + count;
      return waitFor(() => state.requests >= goal, { timeoutMs: 60_000, describe: `${count} more requests` });
    },
    async stop() {
      state.stopped = true;
      await running;
      return state;
    },
  };
}

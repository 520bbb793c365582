import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { openShop } from "../helpers/shop.ts";
import { proveUnderLoad, servedAfter, servedCertificate, trustedAuthorities } from "../helpers/stamp-load.ts";

// The webhook's certificate, and an application's, by the real cert-manager.

const plane = await startControlPlane({ controllerManager: true, certManager: true });
t.teardown(() => plane.stop());
const install = await installRestamp(plane, { webhook: "cert-manager", controllerArgs: ["--settle=1s"] });
const { kube } = install;

type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };

t.test("a renewal of the leaf, then of the CA, under load loses no stamp and fails no request", (t) =>
  proveUnderLoad(t, { plane, install }, async (load) => {
    const first = await servedCertificate(kube);
    await renew(install.namespace, "restamp-webhook");
    const second = await servedAfter(kube, first);
    await load.more(20);
    const trusted = await trustedAuthorities(kube);
    const authority = await caOf("restamp-ca");
    await renew(install.namespace, "restamp-ca");
    await waitFor(async () => (await caOf("restamp-ca")) !== authority, { timeoutMs: 60_000 });
    await load.more(20);
    await renew(install.namespace, "restamp-webhook");
    await servedAfter(kube, second);
    await waitFor(async () => `${await trustedAuthorities(kube)}` !== `${trusted}`, { timeoutMs: 60_000 });
    await load.more(20);
  }),
);

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

async function caOf(name: string): Promise<string | undefined> {
  const secrets = await kube.list<Secret>(`/api/v1/namespaces/${install.namespace}/secrets`);
  return secrets.find(({ metadata }) => metadata.annotations?.["cert-manager.io/certificate-name"] === name)?.data?.[
    "tls.crt"
  ];
}

import t from "tap";
import { createAuthority, issueServingCertificate, serviceNames } from "../../certs/authority.ts";
import { isSignedBy, type PemPair, readCertificates } from "../../certs/certificate-pair.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, kubeClient, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { proveUnderLoad, servedAfter, servedCertificate, trustedAuthorities } from "../helpers/stamp-load.ts";

// The webhook's certificate by the controller itself, with the shipped overlay.

const day = 86_400_000;
const namespace = "restamp-system";
const names = serviceNames("restamp-webhook", namespace);
const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "restamp-webhook-tls", namespace } };

const plane = await startControlPlane();
t.teardown(() => plane.stop());
// As a cluster has them in which restamp was installed 50 days ago: nothing is due with the default validity.
const authority = await createAuthority({ now: Date.now() - 50 * day, validityMs: 360 * day });
const leaf = await issueServingCertificate(authority, { names, now: Date.now() - 30 * day, validityMs: 90 * day });
const admin = kubeClient(plane);
await admin.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
const data = { ...dataOf(leaf), ...dataOf(authority, "ca") };
await admin.create({ ...secret, type: "kubernetes.io/tls", data } as KubeObject);
const install = await installRestamp(plane, { webhook: "self-managed" });
const { kube } = install;

t.test("a renewal of the leaf, then of the CA, under load loses no stamp and fails no request", (t) =>
  proveUnderLoad(t, { plane, install }, async (load) => {
    const first = await servedCertificate(kube);
    t.equal(`${first}`, `${readCertificates(leaf.cert)[0]}`, "what is not due is kept");
    await load.more(20);

    await redeploy("720h");
    const second = await servedAfter(kube, first);
    t.same(await trustedAuthorities(kube), readCertificates(authority.cert).map(String), "its CA was not due");
    await load.more(20);

    await redeploy("240h");
    await waitFor(async () => (await trustedAuthorities(kube)).length === 2, {
      describe: "a new CA",
      timeoutMs: 60_000,
    });
    await load.more(20);
    t.equal(`${await servedCertificate(kube)}`, `${second}`, "API servers get to know the new CA before it signs");

    // They have two minutes for that, but for a leaf that has less.
    const expiresSoon = { names, now: Date.now() - 10 * day + 100_000, validityMs: 10 * day };
    await kube.patch(secret, { data: dataOf(await issueServingCertificate(authority, expiresSoon)) });
    await redeploy("240h");
    const [signing] = readCertificates((await trustedAuthorities(kube)).join("\n"));
    const isOfNewAuthority = async () => signing !== undefined && isSignedBy(await servedCertificate(kube), signing);
    await waitFor(isOfNewAuthority, { describe: "the webhook to serve a leaf of the new CA", timeoutMs: 60_000 });
    await load.more(20);
    t.equal((await trustedAuthorities(kube)).length, 2, "the former CA is still trusted");
  }),
);

/** Has a controller with this `--certificate-validity` follow the present one, as a changed Deployment does. */
async function redeploy(validity: string): Promise<void> {
  await Promise.all(install.controllers.splice(0).map(({ running }) => running.stop()));
  const controller = await install.startController([`--certificate-validity=${validity}`]);
  await controller.ready();
}

/** A pair as data of a Secret. */
function dataOf({ cert, key }: PemPair, prefix = "tls"): Record<string, string> {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return { [`${prefix}.crt`]: base64(cert), [`${prefix}.key`]: base64(key) };
}

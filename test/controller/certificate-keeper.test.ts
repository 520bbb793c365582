import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import t from "tap";
import { isSignedBy, readCertificates, readPair } from "../../certs/certificate-pair.ts";
import { createCertificateKeeper } from "../../controller/certificate-keeper.ts";
import { tlsOptions } from "../../webhook/certificate-check.ts";
import { createServingCertificate } from "../../webhook/serving-certificate.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import { startAdmissionLoad } from "../helpers/admission-load.ts";
import {
  decode,
  startCertificatePlane,
  type WebhookConfiguration,
  webhookConfiguration,
} from "../helpers/certificate-plane.ts";
import { createSecretVolume, type SecretVolume } from "../helpers/secret-volume.ts";
import { testAuthority, testPair } from "../helpers/serving-pair.ts";

const day = 86_400_000;
const plane = await startCertificatePlane();
t.teardown(() => plane.stop());
const { kube, api, namespace, configuration, secret } = plane;
const { signal } = new AbortController();
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

interface SecretData {
  readonly metadata: { readonly resourceVersion: string };
  readonly data: Readonly<Record<string, string>>;
}

/** A keeper whose clock the test sets, with a record of what it renewed. */
function keeperAt(now: number) {
  const clock = { at: now, now: () => clock.at };
  const renewals: string[] = [];
  const deps = { api, clock, log: quiet, onRenewal: (what: string) => void renewals.push(what) };
  const names = { namespace, service: "hook", webhookConfiguration: configuration.metadata.name };
  return Object.assign(createCertificateKeeper(deps, names), { clock, renewals });
}

async function stored() {
  const { metadata, data } = await kube.get<SecretData>(secret);
  const text = (key: string) => decode(data[key]);
  return { version: metadata.resourceVersion, cert: text("tls.crt"), key: text("tls.key"), ca: text("ca.crt") };
}

async function published(): Promise<string[]> {
  const { webhooks } = await kube.get<WebhookConfiguration>(configuration);
  return webhooks.map(({ clientConfig }) => decode(clientConfig.caBundle));
}

async function reset(port = 443): Promise<void> {
  await kube.delete(secret);
  await kube.delete(configuration);
  await kube.create(webhookConfiguration(port));
}

t.test("check() makes and publishes what is missing, and writes nothing that is in order", async (t) => {
  await reset();
  const keeper = keeperAt(Date.now());
  await keeper.check(signal);
  const made = await stored();
  t.doesNotThrow(() => readPair(made));
  t.same(await published(), [made.ca, made.ca]);
  t.match(keeper.state(), { published: true, problem: undefined });
  const versions = async () => [(await stored()).version, (await kube.get(configuration)).metadata.resourceVersion];
  const before = await versions();
  t.equal(await keeper.check(signal), 60_000);
  t.same(await versions(), before, "a second look writes nothing");
  await keeperAt(Date.now()).check(signal);
  t.same(await versions(), before, "nor does another leader");

  await kube.patch(configuration, [{ op: "remove", path: "/webhooks/1/clientConfig/caBundle" }], { type: "json" });
  await keeper.check(signal);
  t.same(await published(), [made.ca, made.ca], "a bundle that somebody removed is put back");
  t.same(keeper.renewals, ["authority"]);
});

t.test("check() of two leaders at once ends with one certificate", async (t) => {
  await reset();
  const [a, b] = [keeperAt(Date.now()), keeperAt(Date.now())];
  await Promise.all([a.check(signal), b.check(signal)]);
  await Promise.all([a.check(signal), b.check(signal)]);
  const { cert, key, ca } = await stored();
  const [signing] = readCertificates(ca);
  t.ok(signing && isSignedBy(readPair({ cert, key }).leaf, signing));
  t.same(await published(), [ca, ca]);
});

t.test("check() keeps what was trusted when the Secret is lost", async (t) => {
  await reset();
  const keeper = keeperAt(Date.now());
  await keeper.check(signal);
  const lost = await stored();
  await kube.delete(secret);
  await keeper.check(signal);
  const { leaf } = readPair(lost);
  for (const bundle of await published()) {
    t.ok(
      readCertificates(bundle).some((one) => isSignedBy(leaf, one)),
      "pods that still serve the lost certificate are trusted",
    );
  }
});

t.test("check() keeps the certificate alive when the configuration is missing or not ours", async (t) => {
  await reset();
  const keeper = keeperAt(Date.now() - 80 * day);
  await keeper.check(signal);
  const before = await stored();
  await kube.patch(configuration, { metadata: { annotations: { "cert-manager.io/inject-ca-from": "a/b" } } });
  keeper.clock.at = Date.now();
  await t.rejects(keeper.check(signal), { code: "invalid", message: /cert-manager does/ });
  t.not((await stored()).cert, before.cert, "it was due and is renewed");
  t.same(await published(), [before.ca, before.ca], "but nothing is written to what another writes");
  await kube.delete(configuration);
  t.equal(await keeper.check(signal), 5_000, "a missing configuration is looked for sooner");
  t.match(keeper.state(), { published: false, problem: /is not there: apply the manifests/ });
});

/** A webhook as a pod runs it: it serves what the volume holds, and every request is a new connection. */
async function startHook(volume: SecretVolume, stop: AbortSignal) {
  const files = { certFile: join(volume.folder, "tls.crt"), keyFile: join(volume.folder, "tls.key") };
  const certificate = createServingCertificate({ log: quiet, clock: Date }, files);
  await certificate.start(stop);
  const pair = certificate.current();
  if (pair === undefined) throw new Error("there is no certificate");
  const server = createServer(tlsOptions(pair), async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const { apiVersion, kind, request: asked } = JSON.parse(body);
    response.setHeader("connection", "close").setHeader("content-type", "application/json");
    response.end(JSON.stringify({ apiVersion, kind, response: { uid: asked.uid, allowed: true } }));
  });
  certificate.onChange((next) => server.setSecureContext(tlsOptions(next)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, certificate, port: (server.address() as AddressInfo).port };
}

t.test("renewals under load, of the certificate and then of the authority, fail no request", async (t) => {
  const now = Date.now();
  await reset();
  const metadata = { name: "hook", namespace };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { type: "ExternalName", externalName: "localhost" },
  };
  await kube.apply(service);
  // The authority is made long ago, so that it becomes due today; the certificates stay valid for the API server.
  const keeper = keeperAt(now - 244 * day);
  await keeper.check(signal);
  keeper.clock.at = now - 64 * day;
  await keeper.check(signal);
  const volume = await createSecretVolume(join(t.testdir({}), "tls"));
  const mount = async () => {
    const { cert, key } = await stored();
    await volume.write({ "tls.crt": cert, "tls.key": key });
    await waitFor(() => hook.certificate.current()?.cert === cert);
  };
  const first = await stored();
  await volume.write({ "tls.crt": first.cert, "tls.key": first.key });
  const stop = new AbortController();
  const hook = await startHook(volume, stop.signal);
  t.teardown(() => {
    stop.abort();
    hook.server.close();
    hook.server.closeAllConnections();
  });
  await kube.patch(
    configuration,
    [0, 1].map((at) => ({ op: "replace", path: `/webhooks/${at}/clientConfig/service/port`, value: hook.port })),
    { type: "json" },
  );
  const canary = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "canary", namespace } };
  await waitFor(() => kube.create(canary, { dryRun: "All" }), { describe: "the webhook to be called" });

  const load = startAdmissionLoad(kube, namespace);
  await load.more(20);
  const served: string[] = [first.cert];
  // Each step: the leader acts, pods go on with the old certificate for a while, then the kubelet brings the new one.
  for (const [step, at] of [now - 3.5 * day, now, now + 180_000].entries()) {
    keeper.clock.at = at;
    await keeper.check(signal);
    await load.more(20);
    await mount();
    await load.more(20);
    served.push(hook.certificate.current()?.cert ?? "");
    t.same(load.failures, [], `step ${step + 1} fails no request`);
  }
  t.same(keeper.renewals, ["authority", "serving", "serving", "authority", "serving"]);
  t.equal(new Set(served).size, 3, "renewed, kept while the new authority was announced, renewed by that");
  const authorities = readCertificates((await stored()).ca);
  t.equal(authorities.length, 2, "the old authority is still trusted");
  t.ok(authorities[0] && isSignedBy(readPair(await stored()).leaf, authorities[0]));

  const stranger = await testPair(await testAuthority());
  await volume.write({ "tls.crt": stranger.cert, "tls.key": stranger.key });
  await waitFor(() => load.failures.length > 0, { describe: "the load to notice a certificate that is not trusted" });
  t.ok((await load.stop()) > 140);
});

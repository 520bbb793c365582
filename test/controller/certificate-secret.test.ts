import t from "tap";
import { createCertificateSecret } from "../../controller/certificate-secret.ts";
import { decode, startCertificatePlane } from "../helpers/certificate-plane.ts";
import { testAuthority, testPair } from "../helpers/serving-pair.ts";

t.test("createCertificateSecret() reads and writes the Secret, guarded", async (t) => {
  const plane = await startCertificatePlane();
  t.teardown(() => plane.stop());
  const { kube, api, namespace } = plane;
  const { signal } = new AbortController();
  const secret = createCertificateSecret(api, { namespace, name: "restamp-webhook-tls" });
  const authority = await testAuthority();
  const certificates = { authority, serving: await testPair(authority) };

  const nothing = await secret.read(signal);
  t.same(nothing, { version: undefined, serving: undefined, authority: undefined });
  await secret.write(nothing, certificates, signal);
  const stored = await secret.read(signal);
  t.match(stored, certificates);
  const object = await kube.get<typeof plane.secret & { data: Record<string, string> }>(plane.secret);
  t.match(object, { type: "kubernetes.io/tls", metadata: { annotations: { "restamp.dev/ignore": "true" } } });
  t.equal(decode(object.data["tls.crt"]), certificates.serving.cert);

  await t.rejects(secret.write(nothing, certificates, signal), { code: "conflict" }, "it is there already");
  await kube.patch(plane.secret, { metadata: { labels: { team: "x" } } });
  await t.rejects(secret.write(stored, certificates, signal), { code: "conflict" }, "somebody wrote in between");
  const next = { authority, serving: await testPair(authority) };
  await secret.write(await secret.read(signal), next, signal);
  t.match(await secret.read(signal), next);
  t.match(await kube.get(plane.secret), { metadata: { labels: { team: "x" } } }, "what others wrote stays");

  await kube.patch(plane.secret, { data: { "ca.key": null } });
  t.match(
    await secret.read(signal),
    { authority: { cert: authority.cert, key: "" } },
    "a lost key is no lost authority",
  );
  await kube.patch(plane.secret, { metadata: { annotations: { "cert-manager.io/certificate-name": "hook" } } });
  const want = { code: "invalid", message: /^Cannot manage Secret .*cert-manager does \(Certificate "hook"\)/ };
  await t.rejects(secret.read(signal), want);
});

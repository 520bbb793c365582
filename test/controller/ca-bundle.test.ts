import t from "tap";
import { createCaBundle } from "../../controller/ca-bundle.ts";
import {
  decode,
  startCertificatePlane,
  type WebhookConfiguration,
  webhookConfiguration,
} from "../helpers/certificate-plane.ts";
import { testAuthority } from "../helpers/serving-pair.ts";

t.test("createCaBundle() reads and writes every entry of the one configuration", async (t) => {
  const plane = await startCertificatePlane();
  t.teardown(() => plane.stop());
  const { kube, api, configuration } = plane;
  const { signal } = new AbortController();
  const caBundle = createCaBundle(api, configuration.metadata.name);
  const { cert } = await testAuthority();

  t.equal(await caBundle.read(signal), undefined, "it is not there");
  const before = await kube.create<WebhookConfiguration>(webhookConfiguration(443, { caBundle: "Cg==" }));
  const read = await caBundle.read(signal);
  t.match(read, { bundles: ["\n", "\n"] });
  if (read === undefined) return;
  await caBundle.publish(read, cert, signal);
  const after = await kube.get<WebhookConfiguration>(configuration);
  t.same(
    after.webhooks.map(({ clientConfig }) => decode(clientConfig.caBundle)),
    [cert, cert],
  );
  const caBundleOf = (object: WebhookConfiguration) =>
    object.webhooks.map((entry) => ({ ...entry, clientConfig: { ...entry.clientConfig, caBundle: "" } }));
  t.same(caBundleOf(after), caBundleOf(before), "nothing else is changed");
  await t.rejects(caBundle.publish(read, "x", signal), { code: "invalid", status: 422 }, "it was written in between");

  await kube.patch(configuration, { metadata: { annotations: { "cert-manager.io/inject-ca-from": "a/b" } } });
  await t.rejects(caBundle.read(signal), { code: "invalid", message: /cert-manager does \(annotation "cert-manager/ });
  await t.rejects(createCaBundle(api, "another").read(signal), { code: "forbidden" });
});

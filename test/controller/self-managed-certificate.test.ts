import t from "tap";
import { createSelfManagedCertificate } from "../../controller/self-managed-certificate.ts";
import { ClusterError } from "../../src/core/errors.ts";
import type { ApiClient } from "../../src/core/ports.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import {
  decode,
  startCertificatePlane,
  type WebhookConfiguration,
  webhookConfiguration,
} from "../helpers/certificate-plane.ts";

const plane = await startCertificatePlane();
t.teardown(() => plane.stop());

/** Records messages and the problems that came with them. */
function recorder() {
  const told: string[] = [];
  const note = (fields: object, message: string) => {
    told.push("problem" in fields ? `${message}: ${String(fields.problem)}` : message);
  };
  return { told, log: { debug: note, info: note, warn: note, error: note } };
}

const options = {
  namespace: plane.namespace,
  service: "hook",
  webhookConfiguration: plane.configuration.metadata.name,
};

t.test("run() waits for the configuration, publishes, repairs, and ends with its signal", async (t) => {
  const { kube, api, configuration } = plane;
  const { told, log } = recorder();
  const certificate = createSelfManagedCertificate({ api, clock: Date, log }, { ...options, checkMs: 50 });
  t.match(certificate.state(), { published: false, problem: "the certificate was not checked yet" });
  const stop = new AbortController();
  const running = certificate.run(stop.signal);
  await waitFor(() => certificate.state().problem?.includes("is not there: apply the manifests"));
  t.ok(certificate.state().notAfter, "the certificate is made meanwhile");

  await kube.create(webhookConfiguration(443));
  const published = (object: WebhookConfiguration) =>
    object.webhooks.every(({ clientConfig }) => decode(clientConfig.caBundle).includes("BEGIN CERTIFICATE"));
  await kube.waitFor(configuration, published);
  await waitFor(() => certificate.state().published);
  t.match(certificate.state(), { problem: undefined, published: true });

  const { metadata } = await kube.get(configuration);
  await kube.replace({ ...webhookConfiguration(443), metadata });
  await kube.waitFor(configuration, published);
  stop.abort();
  await running;
  t.equal(told.filter((line) => line.startsWith("Self-managed certificate is not in order")).length, 1, "told once");
  t.ok(told.includes("Self-managed certificate is in order"));
});

t.test("run() tries again while the API server can not be reached", async (t) => {
  const { told, log } = recorder();
  let calls = 0;
  const api: ApiClient = {
    request: () => Promise.reject(new ClusterError("unavailable", `Cannot connect: attempt ${calls++ ? 2 : 1}`)),
    stream: () => t.fail("there is nothing to watch"),
  } as never;
  const certificate = createSelfManagedCertificate({ api, clock: Date, log }, { ...options, checkMs: 5 });
  const stop = new AbortController();
  const running = certificate.run(stop.signal);
  await waitFor(() => calls >= 5);
  stop.abort();
  await running;
  t.equal(certificate.state().problem, "Cannot connect: attempt 2");
  t.equal(told.length, 2, "each problem is told once");
});

t.test("createSelfManagedCertificate() refuses durations that do not fit together", async (t) => {
  const deps = { api: plane.api, clock: Date, log: recorder().log };
  const wrong = { ...options, servingValidityMs: 10, authorityValidityMs: 20 };
  t.throws(() => createSelfManagedCertificate(deps, wrong), { name: "RangeError", message: /three times as long/ });
});

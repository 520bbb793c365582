import type { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import type { Test } from "tap";
import { readCertificates } from "../../certs/certificate-pair.ts";
import type { ControlPlane } from "../controlplane/control-plane.ts";
import { type Kube, type KubeObject, waitFor } from "../controlplane/kube.ts";
import type { Install } from "./install.ts";
import { waitLongerForWebhook } from "./patient-api-server.ts";
import { type Deployment, envFrom, openShop, type Shop } from "./shop.ts";

/** Deploys that pass through the webhook, round after round, until all that is to be proved has happened. */
export interface StampLoad {
  /** Waits until so many more rounds have been made. */
  more(rounds: number): Promise<void>;
}

/** A cluster and what is installed there, with a webhook. */
export interface Loaded {
  readonly plane: ControlPlane;
  readonly install: Install;
}

/** What a round works with: `stamp` is what its Deployments must have. */
interface Round {
  readonly kube: Kube;
  readonly shop: Shop;
  readonly stamp: string;
}

/** What an API server knows of the webhook. */
interface ClientConfig {
  /** PEM in base64. */
  readonly caBundle: string;
  readonly service: { readonly name: string; readonly namespace: string; readonly port: number };
}

const registration = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/restamp";
const source = envFrom({ configMap: "app" });
const failedOpen = /^apiserver_admission_webhook_fail_open_count\{.*\} [1-9]/m;
const timeoutMs = 60_000;

/**
 * Proves that `renewals` lose no stamp and fail no request. Each round of the load updates a Deployment, creates another
 * one as a dry run, and connects to the webhook. Afterwards a round without a webhook shows that the load would have
 * noticed.
 */
export async function proveUnderLoad(
  t: Test,
  { plane, install }: Loaded,
  renewals: (load: StampLoad) => Promise<void>,
): Promise<void> {
  const { kube } = install;
  await waitLongerForWebhook(kube);
  const shop = await openShop(install, "load");
  await kube.create(shop.configMap("app", { a: "1" }));
  await kube.create(shop.deployment("web", source));
  const stamp = (await shop.stamp("web")) ?? "";
  t.match(stamp, /^v1:.*configmap\/app=/, "stamped when created");
  const round = (count: number): Promise<readonly string[]> => problemsOf({ kube, shop, stamp }, count);

  const load = startLoad(round);
  await renewals(load).finally(load.stop);
  t.ok(load.rounds() > 60, `${load.rounds()} rounds`);
  t.same(load.problems, [], "every round is as it should be");
  t.notMatch(await plane.apiServerMetrics(), failedOpen, "the API server reached the webhook each time");

  await install.webhook?.running.stop();
  t.match(await round(load.rounds()), [/^created with stamp undefined/, /ECONNREFUSED/], "without a webhook it is not");
  t.match(await plane.apiServerMetrics(), failedOpen, "and the API server counts that");
  await install.startWebhook();
  await install.webhook?.ready();
  t.same(await round(load.rounds() + 1), [], "nor is anything wrong when the webhook is back");
}

/** The CAs that API servers are told to trust, PEM, in the order of the `caBundle`. */
export async function trustedAuthorities(kube: Kube): Promise<readonly string[]> {
  const { caBundle } = await clientConfig(kube);
  return readCertificates(Buffer.from(caBundle, "base64").toString()).map(String);
}

/** The certificate that the webhook gives a new connection. Fails unless the present `caBundle` trusts it. */
export async function servedCertificate(kube: Kube): Promise<X509Certificate> {
  const { caBundle, service } = await clientConfig(kube);
  const servername = `${service.name}.${service.namespace}.svc`;
  const { promise, resolve, reject } = Promise.withResolvers<X509Certificate>();
  const socket = connect({ host: "127.0.0.1", port: service.port, servername, ca: Buffer.from(caBundle, "base64") });
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error("The webhook does not answer")));
  socket.on("error", reject).on("secureConnect", () => {
    const certificate = socket.getPeerX509Certificate();
    socket.destroy();
    if (certificate === undefined) reject(new Error("The webhook has no certificate"));
    else resolve(certificate);
  });
  return promise;
}

/** Waits until the webhook serves another certificate than `former`, and returns that. */
export async function servedAfter(kube: Kube, former: X509Certificate): Promise<X509Certificate> {
  const next = async (): Promise<X509Certificate | undefined> => {
    const certificate = await servedCertificate(kube);
    return certificate.fingerprint256 === former.fingerprint256 ? undefined : certificate;
  };
  return waitFor(next, { timeoutMs, describe: "the webhook to serve another certificate" });
}

async function clientConfig(kube: Kube): Promise<ClientConfig> {
  type Configuration = KubeObject & { readonly webhooks: readonly { readonly clientConfig: ClientConfig }[] };
  const [hook] = (await kube.get<Configuration>(registration)).webhooks;
  if (hook === undefined) throw new Error("There is no webhook");
  return hook.clientConfig;
}

/** Makes one round, and returns what was wrong. */
async function problemsOf(round: Round, count: number): Promise<readonly string[]> {
  const results = await Promise.allSettled([
    updated(round, count),
    created(round, count),
    servedCertificate(round.kube),
  ]);
  return results.flatMap((result) => (result.status === "rejected" ? [String(result.reason.message)] : []));
}

async function updated({ kube, shop, stamp }: Round, count: number): Promise<void> {
  const found = stampOf(await kube.apply(shop.deployment("web", source, { image: `registry.example/app:${count}` })));
  if (found !== stamp) throw new Error(`updated with stamp ${found}`);
}

/** Without a webhook an existing Deployment keeps its stamp: only a new one shows that there is one. */
async function created({ kube, shop, stamp }: Round, count: number): Promise<void> {
  const body = shop.deployment(`new-${count}`, source);
  const path = `/apis/apps/v1/namespaces/${shop.namespace}/deployments?dryRun=All`;
  const answer = await kube.raw(path, { method: "POST", body });
  if (answer.status !== 201) throw new Error(`not created: ${answer.status} ${answer.body}`);
  const found = stampOf(JSON.parse(answer.body));
  const warning = answer.headers["warning"] ?? "none";
  if (found !== stamp || warning !== "none") throw new Error(`created with stamp ${found}, warning: ${warning}`);
}

function stampOf({ spec }: Deployment): string | undefined {
  return spec.template.metadata?.annotations?.["restamp.dev/stamp"];
}

/** Makes rounds until it is stopped. */
function startLoad(round: (count: number) => Promise<readonly string[]>) {
  const problems: string[] = [];
  let rounds = 0;
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      const count = rounds;
      problems.push(...(await round(count)).map((problem) => `round ${count}: ${problem}`));
      rounds++;
    }
  })();
  return {
    problems,
    rounds: () => rounds,
    more: async (count: number) => {
      const goal = rounds + count;
      await waitFor(() => rounds >= goal, { timeoutMs, describe: `${count} more rounds` });
    },
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

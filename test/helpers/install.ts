import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ControlPlane } from "../controlplane/control-plane.ts";
import { freePort } from "../controlplane/free-port.ts";
import { type Kube, type KubeObject, kubeClient } from "../controlplane/kube.ts";
import { type Kustomization, kustomize, parseManifests } from "./kustomize.ts";
import { type RestampProcess, restampProcess } from "./restamp-process.ts";
import { checkSecrecyAtStop } from "./secrecy.ts";
import { createSecretVolume, type SecretVolume } from "./secret-volume.ts";

/** What is installed, and how. */
export interface InstallOptions {
  /** Who makes the webhook's certificate; `none`: the controller alone, as an install without webhook. @default "none" */
  readonly webhook?: "cert-manager" | "self-managed" | "none";
  /** @default 1 */
  readonly controllers?: number;
  /** Further options of the controller, such as `--settle=0s`. */
  readonly controllerArgs?: readonly string[];
  readonly webhookArgs?: readonly string[];
  /** Further folders of `manifests` than `webhook` comes to; with `resources`, instead of them. */
  readonly manifests?: Pick<Kustomization, "components"> & Partial<Pick<Kustomization, "resources">>;
  /** Transformations as a user's own kustomization would make them. */
  readonly namespace?: string;
  readonly namePrefix?: string;
  /** What Node runs as restamp: flags and a file. @default the image's flags, and the bundle that `npm test` builds */
  readonly program?: readonly string[];
}

/** restamp as installed from the shipped manifests, its processes on this host under their ServiceAccounts. */
export interface Install {
  readonly namespace: string;
  readonly kube: Kube;
  readonly controllers: RestampProcess[];
  webhook: RestampProcess | undefined;
  /** Starts one more controller, as a new Pod would; `env`: variables beside those of the Deployment. */
  startController(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<RestampProcess>;
  startWebhook(args?: readonly string[]): Promise<RestampProcess>;
  /** Files of the webhook's certificate, kept equal to the Secret as the kubelet does. */
  readonly volume: SecretVolume | undefined;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, "..", "..");
/** What is run: the bundle that `npm test` builds, as in the image, or the sources. */
const entryPoint = process.env["RESTAMP_TEST_ENTRY"] ?? join(root, "src", "main.ts");
const nodeFlags: readonly string[] = JSON.parse(readFileSync(join(root, "bin", "node-flags.json"), "utf8"));
const overlays: Readonly<Record<NonNullable<InstallOptions["webhook"]>, Kustomization>> = {
  "cert-manager": { resources: ["overlays/release"] },
  "self-managed": { resources: ["overlays/self-managed"] },
  none: { resources: ["base"], components: ["components/namespace"] },
};
/** Into a namespace that exists. */
const moved: Kustomization = { resources: ["overlays/existing-namespace"] };
const volumeMs = 200;

/**
 * Applies the shipped manifests and runs what their Deployments would run. Differences to a cluster: the Deployments have no
 * replicas, the Service is an ExternalName of this host, and the webhook's port is a free one. When the plane stops, all
 * that the processes have written is searched for the values of Secrets.
 */
export async function installRestamp(plane: ControlPlane, options: InstallOptions = {}): Promise<Install> {
  const kube = kubeClient(plane);
  const mode = options.webhook ?? "none";
  const port = await freePort();
  const layers = options.namespace === undefined || mode !== "cert-manager" ? overlays[mode] : moved;
  const { resources = layers.resources, components = [] } = options.manifests ?? {};
  const yaml = await kustomize({
    resources,
    components: [...(options.manifests?.resources === undefined ? (layers.components ?? []) : []), ...components],
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    ...(options.namePrefix === undefined ? {} : { namePrefix: options.namePrefix }),
  });
  const objects = parseManifests(yaml).flatMap((object) => adapted(object, { port, hasWebhook: mode !== "none" }));
  const namespaces = objects.filter(({ kind }) => kind === "Namespace");
  for (const object of [...namespaces, ...objects.filter((each) => !namespaces.includes(each))]) {
    await kube.apply(object, { fieldManager: "install" });
  }
  const namespace = objects.find(({ kind }) => kind === "ServiceAccount")?.metadata.namespace ?? "";
  const accounts = objects.filter(({ kind }) => kind === "ServiceAccount").map(({ metadata }) => metadata.name);
  const stopping = new AbortController();
  const controllers: RestampProcess[] = [];
  const started: RestampProcess[] = [];
  checkSecrecyAtStop(plane, started, namespace);
  let counter = 0;

  type Component = "controller" | "webhook";
  async function start(component: Component, args: readonly string[], more = {}): Promise<RestampProcess> {
    const account = accounts.find((name) => name.includes(component)) ?? component;
    const kubeconfig = kube.kubeconfigFor(await kube.createToken(namespace, account));
    const opsPort = await freePort();
    const name = `restamp-${component}-${counter++}`;
    const deployment = objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name.includes(component));
    const running = await plane.run({
      name,
      command: process.execPath,
      args: [
        ...(options.program ?? [...nodeFlags, entryPoint]),
        ...argumentsOf(deployment, component),
        `--kubeconfig=${kubeconfig}`,
        `--ops-address=127.0.0.1:${opsPort}`,
        ...args,
      ],
      env: { ...process.env, POD_NAME: name, POD_NAMESPACE: namespace, ...environmentOf(deployment), ...more },
    });
    const restamp = restampProcess(name, `http://127.0.0.1:${opsPort}`, running);
    started.push(restamp);
    return restamp;
  }

  const install: Install = {
    namespace,
    kube,
    controllers,
    webhook: undefined,
    volume: mode === "none" ? undefined : await createSecretVolume(join(plane.dir, `tls-${namespace}-${port}`)),
    async startController(args = options.controllerArgs ?? [], env = {}) {
      const controller = await start("controller", args, env);
      controllers.push(controller);
      return controller;
    },
    async startWebhook(args = options.webhookArgs ?? []) {
      const folder = install.volume?.folder ?? "";
      const files = [`--tls-cert-file=${join(folder, "tls.crt")}`, `--tls-key-file=${join(folder, "tls.key")}`];
      install.webhook = await start("webhook", [
        `--webhook-address=127.0.0.1:${port}`,
        ...files,
        "--drain=1s",
        ...args,
      ]);
      return install.webhook;
    },
    async stop() {
      stopping.abort();
      await Promise.all([...controllers, install.webhook].map((each) => each?.running.stop()));
    },
  };
  for (let index = 0; index < (options.controllers ?? 1); index++) await install.startController();
  if (install.volume !== undefined) {
    void keepVolume({ kube, namespace, volume: install.volume, signal: stopping.signal });
    await install.startWebhook();
    await install.webhook?.ready();
    await trusted(kube, objects);
  }
  await Promise.all(controllers.map((each) => each.ready()));
  return install;
}

function adapted(object: KubeObject, { port, hasWebhook }: { port: number; hasWebhook: boolean }): KubeObject[] {
  const spec = object["spec"] as Record<string, unknown>;
  switch (object.kind) {
    case "Deployment":
      return [{ ...object, spec: { ...spec, replicas: 0 } }];
    case "Service":
      return [{ ...object, spec: { type: "ExternalName", externalName: "localhost" } }];
    case "MutatingWebhookConfiguration": {
      const webhooks = object["webhooks"] as { clientConfig: { service: object } }[];
      const local = webhooks.map((webhook) => ({
        ...webhook,
        clientConfig: { ...webhook.clientConfig, service: { ...webhook.clientConfig.service, port } },
      }));
      return hasWebhook ? [{ ...object, webhooks: local } as KubeObject] : [];
    }
    default:
      return [object];
  }
}

/** What a Deployment's container is told. */
function argumentsOf(deployment: KubeObject | undefined, component: string): readonly string[] {
  type Container = { readonly args?: readonly string[] };
  const spec = deployment?.["spec"] as { template: { spec: { containers: Container[] } } } | undefined;
  return spec?.template.spec.containers.flatMap(({ args }) => args ?? []) ?? [component];
}

/** The literal environment variables of a Deployment's container. */
function environmentOf(deployment: KubeObject | undefined): Record<string, string> {
  type Container = { readonly env?: readonly { readonly name: string; readonly value?: string }[] };
  const spec = deployment?.["spec"] as { template: { spec: { containers: Container[] } } } | undefined;
  const variables = spec?.template.spec.containers.flatMap(({ env }) => env ?? []) ?? [];
  return Object.fromEntries(variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
}

/** What the kubelet does: writes the certificate's Secret to files whenever it has changed. */
async function keepVolume(deps: {
  kube: Kube;
  namespace: string;
  volume: SecretVolume;
  signal: AbortSignal;
}): Promise<void> {
  const { kube, namespace, volume, signal } = deps;
  let written = "";
  while (!signal.aborted) {
    const secret = await kube
      .find<KubeObject & { data?: Record<string, string> }>(
        `/api/v1/namespaces/${namespace}/secrets/restamp-webhook-tls`,
      )
      .catch(() => undefined);
    const { "tls.crt": cert, "tls.key": key } = secret?.data ?? {};
    if (cert !== undefined && key !== undefined && cert + key !== written) {
      const text = (base64: string): string => Buffer.from(base64, "base64").toString();
      await volume.write({ "tls.crt": text(cert), "tls.key": text(key) });
      written = cert + key;
    }
    await new Promise((resolve) => setTimeout(resolve, volumeMs).unref());
  }
}

/** Waits until the API server can verify the webhook's certificate. */
async function trusted(kube: Kube, objects: readonly KubeObject[]): Promise<void> {
  const configuration = objects.find(({ kind }) => kind === "MutatingWebhookConfiguration");
  if (configuration === undefined) return;
  type Configuration = KubeObject & { webhooks: { clientConfig: { caBundle?: string } }[] };
  await kube.waitFor<Configuration>(configuration, ({ webhooks }) =>
    webhooks.every(({ clientConfig }) => clientConfig.caBundle),
  );
}

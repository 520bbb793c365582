import { type Kube, type KubeObject, type ObjectMeta, waitFor } from "../controlplane/kube.ts";

/** Annotation by which a workload has Reloader restart it for all that it uses. */
export const auto = { "reloader.stakater.com/auto": "true" };

/** A workload as far as tests of Reloader's behavior read it. */
export interface AnyWorkload extends KubeObject {
  readonly spec: {
    readonly paused?: boolean;
    readonly restartAt?: string;
    readonly [field: string]: unknown;
    readonly template: {
      readonly metadata?: Pick<ObjectMeta, "annotations" | "labels">;
      readonly spec: { readonly containers: readonly Container[] };
    };
  };
}

/** A container as far as those tests read it. */
export interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/** What a workload is made of beside its kind; without anything else it follows all that it uses. */
export interface WorkloadBody {
  readonly apiVersion?: string;
  readonly kind?: string;
  /** Of the workload. @default {@link auto} */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The ConfigMap that its container takes. @default the workload's name */
  readonly configMap?: string;
  /** More of `spec`. */
  readonly spec?: object;
  /** In place of the one container. */
  readonly pod?: object;
}

/** A template with one container that takes a ConfigMap. */
export function templateWith(app: string, configMap: string, pod: object = {}): AnyWorkload["spec"]["template"] {
  const container = { name: "main", image: "registry.example/app:1", envFrom: [{ configMapRef: { name: configMap } }] };
  return { metadata: { labels: { app } }, spec: { containers: [container], ...pod } };
}

/** A workload without pods that follows a ConfigMap of its own name; a Deployment unless told otherwise. */
export function workload(namespace: string, name: string, body: WorkloadBody = {}): AnyWorkload {
  const { apiVersion = "apps/v1", kind = "Deployment", annotations = auto, configMap = name, spec, pod } = body;
  const replicas = kind === "DaemonSet" ? {} : { replicas: 0 };
  const serviceName = kind === "StatefulSet" ? { serviceName: name } : {};
  const selector = { matchLabels: { app: name } };
  const template = templateWith(name, configMap, pod);
  const metadata = { name, namespace, annotations };
  return { apiVersion, kind, metadata, spec: { ...replicas, ...serviceName, selector, template, ...spec } };
}

/** A Job, or the template of one, whose pods are not started; it is not over as long as nobody ends it. */
export function jobSpec(app: string, configMap: string = app) {
  return { suspend: true, template: templateWith(app, configMap, { restartPolicy: "Never" }) };
}

/** Ends a Job as the Job controller would. */
export async function endJob(kube: Kube, { namespace, name }: { namespace: string; name: string }): Promise<void> {
  const at = "2026-01-01T00:00:00Z";
  const failed = { status: "True", reason: "Test", message: "", lastTransitionTime: at, lastProbeTime: at };
  const conditions = ["FailureTarget", "Failed"].map((type) => ({ type, ...failed }));
  const job = `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;
  await kube.patch(job, { status: { conditions, startTime: at } }, { subresource: "status" });
}

/** Waits until the template or anything else of the `spec` has been changed so often. */
export async function changedTo(kube: Kube, object: KubeObject, generation: number): Promise<AnyWorkload> {
  let last: AnyWorkload | undefined;
  const reached = async () => {
    last = await kube.get<AnyWorkload>(object);
    return (last.metadata.generation ?? 0) >= generation && last;
  };
  const { kind, metadata } = object;
  const describe = () => `${kind} "${metadata.name}" to be at generation ${generation}: ${JSON.stringify(last)}`;
  return waitFor(reached, { timeoutMs: 30_000, describe });
}

/** The first Event about an object that has the reason; waits for it. */
export function eventOf(
  shop: { events(name: string): Promise<readonly { readonly reason: string; readonly note: string }[]> },
  name: string,
  reason: string,
): Promise<string> {
  let seen: readonly { readonly reason: string }[] = [];
  const note = async () => {
    seen = await shop.events(name);
    return (await shop.events(name)).find((event) => event.reason === reason)?.note;
  };
  const describe = () => `an Event "${reason}" on ${name}, there are ${JSON.stringify(seen)}`;
  return waitFor(note, { timeoutMs: 30_000, describe });
}

/** Variables of Reloader's in a pod template, as `container NAME=value`. */
export function reloaderEnv({ spec }: Pick<AnyWorkload, "spec">): readonly string[] {
  return spec.template.spec.containers.flatMap(({ name, env = [] }) =>
    env.filter((each) => each.name.startsWith("STAKATER_")).map((each) => `${name} ${each.name}=${each.value}`),
  );
}

import { isMark, type WorkloadRules } from "../src/core/policy.ts";
import { apartFromReloads } from "../src/core/reloader/without-reloads.ts";
import { readWorkload } from "../src/core/workload.ts";
import { createWorkloadKinds, type WorkloadKinds } from "../src/core/workload-kinds.ts";
import { workloadRules } from "../src/core/workload-rules.ts";
import type { Frame } from "../src/frame.ts";
import { createApiClient, type KubeApiClient } from "../src/kube/client.ts";
import { createCoreEvents } from "../src/kube/core-events.ts";
import { createEventRecorder } from "../src/kube/event-recorder.ts";
import { type ClusterAccess, createClusterAccess } from "../src/kube/kube-config.ts";
import { watchPermissions } from "../src/kube/permissions.ts";
import { createReflector } from "../src/kube/reflector.ts";
import type { Options } from "../src/options/table.ts";
import { type ControllerDeps, createController } from "./controller.ts";
import { createMeasuring, type Measuring } from "./measuring.ts";
import { publishMetaInfo } from "./meta-info.ts";
import { createOutgoing } from "./outgoing.ts";
import { type Outside, ownObjects } from "./own-objects.ts";

/** How long Events and alerts may take that are still to be sent at the end. */
const goodbyeMs = 2_000;

/** Starts the controller: the only place where its parts meet the outside. Returns once they run. */
export async function runController(options: Options<"controller">, frame: Frame): Promise<void> {
  const { lifecycle, health, log } = frame;
  const kinds = followedKinds(options);
  const access = accessOf(options, frame);
  const measuring = createMeasuring(frame.metrics, { ...options, kinds: kinds.all, server: access.server });
  const { watched, permissions } = connect(options, frame, { access, measuring });
  const { api } = permissions;
  const events = createEventRecorder(
    {
      api: createCoreEvents({ api, quiet: watched }),
      log: log.component("events"),
      onDropped: () => measuring.own.eventsDropped.inc({}),
    },
    { component: "controller", instance: options.podName },
  );
  const rules = workloadRules(options);
  const outgoing = createOutgoing(
    { log: log.component("alerts"), clock: frame.clock, alerts: measuring.own.alerts },
    options,
  );
  const controller = createController(
    {
      ...{ api, log, clock: frame.clock, kinds, events },
      ...ownObjects(options, { api, frame }),
      readWorkload: reading(options, rules),
      startReflector: starting(options, frame, { api: watched, measuring }),
      listeners: [measuring.listener, outgoing.listener],
      onSourceChanged: outgoing.onSourceChanged,
      metrics: measuring.counts,
    },
    { ...options, rules },
  );
  health.addCheck("readyz", { name: "permissions", check: () => permissions.missing().join("; ") || undefined });
  for (const check of controller.checks) health.addCheck("readyz", check);
  frame.metrics.beforeScrape(() => measuring.show(controller.figures()));
  // Stopped in reverse: the controller first, then what it still needs to say goodbye.
  await lifecycle.start({ name: "api client", stop: () => api.close() });
  await lifecycle.start({ name: "event recorder", stop: () => events.flush(goodbyeMs) });
  await lifecycle.start({ name: "alerts", stop: () => outgoing.flush(goodbyeMs) });
  tellMetaInfo(options, { api: watched, frame });
  await lifecycle.start({ name: "controller", start: controller.start, stop: controller.stopped });
}

/** Where changes are only posted, as `--webhook-url` asks, no workload is looked at. */
function followedKinds(options: Options<"controller">): WorkloadKinds {
  const kinds = createWorkloadKinds(options);
  return options.webhookUrl === undefined ? kinds : { ...kinds, all: [], find: () => undefined };
}

/** How workloads are read, with the labels and annotations that mean something. */
function reading(options: Options<"controller">, rules: WorkloadRules): ControllerDeps["readWorkload"] {
  const means = (key: string): boolean => isMark(key, rules);
  const isObserving = options.mode === "observe";
  return (kind, object) => {
    const workload = readWorkload(kind, object, means);
    const read = options.rerunFinishedJobs ? { ...workload, ended: false } : workload;
    return isObserving ? apartFromReloads(read, object) : read;
  };
}

function starting(
  { pollIntervalMs }: Options<"controller">,
  { log, clock, lifecycle }: Frame,
  { api, measuring }: { readonly api: KubeApiClient; readonly measuring: Measuring },
): ControllerDeps["startReflector"] {
  return (watch) => {
    const deps = { api, log: log.component("reflector"), clock, metrics: measuring.watches, ...watch };
    const reflector = createReflector(deps, { pollIntervalMs });
    return { hasSynced: reflector.hasSynced, state: reflector.state, ended: reflector.run(lifecycle.signal) };
  };
}

function accessOf({ kubeconfig }: Options<"controller">, { clock }: Frame): ClusterAccess {
  return createClusterAccess(kubeconfig === undefined ? {} : { kubeconfig }, { clock });
}

/** The client of the reflectors, which say themselves what they may not do, and the one of everything else. */
function connect(
  { apiTimeoutMs }: Options<"controller">,
  { clock, version }: Frame,
  { access, measuring }: { readonly access: ClusterAccess; readonly measuring: Measuring },
) {
  const client = { component: "controller", version, timeoutMs: apiTimeoutMs };
  const watched = createApiClient({ access, onRequest: measuring.onRequest }, client);
  return { watched, permissions: watchPermissions({ api: watched, clock }) };
}

/** By the client of the reflectors, whose refusals readiness does not show: nothing depends on this. */
function tellMetaInfo(options: Options<"controller">, { api, frame }: Outside): void {
  const { metaInfoNamespace: namespace, metaInfoDeployment: deployment } = options;
  if (namespace === undefined || options.mode === "observe") return;
  const deps = { api, log: frame.log.component("meta-info") };
  void publishMetaInfo(deps, { namespace, deployment, version: frame.version, options }, frame.lifecycle.signal);
}

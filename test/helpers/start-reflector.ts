import type { Test } from "tap";
import { configMaps } from "../../src/core/object-ref.ts";
import type { Watched } from "../../src/core/ports.ts";
import { createApiClient, type RequestOutcome } from "../../src/kube/client.ts";
import type { ClusterAccess } from "../../src/kube/kube-config.ts";
import type { KubernetesObject } from "../../src/kube/kubernetes-object.ts";
import { createReflector, type ReflectorDeps } from "../../src/kube/reflector.ts";
import type { ReflectorOptions } from "../../src/kube/reflector-options.ts";
import { createRecordingHandler } from "./recording-handler.ts";
import { createRecordingLog } from "./recording-log.ts";

/** What to follow, and how. */
export interface ReflectorSetup {
  /** @default ConfigMaps everywhere */
  readonly watched?: Watched;
  readonly options?: Partial<ReflectorOptions>;
  readonly deps?: Partial<ReflectorDeps<KubernetesObject>>;
}

/** Runs a reflector until the test ends. */
export function startReflector(t: Test, access: ClusterAccess, setup: ReflectorSetup = {}) {
  const outcomes: RequestOutcome[] = [];
  const onRequest = (outcome: RequestOutcome) => void outcomes.push(outcome);
  const api = createApiClient({ access, onRequest }, { component: "test", version: "0" });
  const handler = createRecordingHandler();
  const log = createRecordingLog();
  const watched = setup.watched ?? { resource: configMaps };
  const project = (object: KubernetesObject) => object;
  const reflector = createReflector({ api, watched, project, handler, log, ...setup.deps }, setup.options);
  const stop = new AbortController();
  const done = reflector.run(stop.signal);
  t.teardown(async () => {
    stop.abort();
    await done;
    await api.close();
  });
  return { reflector, handler, log, outcomes, stop: () => stop.abort(), done };
}

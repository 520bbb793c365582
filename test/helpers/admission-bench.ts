import type { Test } from "tap";
import type { DigestKey } from "../../src/core/digest.ts";
import { asObject, at } from "../../src/core/json.ts";
import { createLimiter } from "../../src/core/limiter.ts";
import type { WorkloadRules } from "../../src/core/policy.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { type AdmissionDeadline, startDeadline } from "../../webhook/admission-deadline.ts";
import { createLiveReads } from "../../webhook/live-reads.ts";
import { type AdmissionKeys, createMutate, type Mutate, type Mutation } from "../../webhook/mutate.ts";
import { admissionRequest } from "./admission.ts";
import { type LocalApiServer, startLocalApiServer } from "./local-api-server.ts";

/** The user that the webhook of the bench takes for the controller. */
export const controllerUser = "system:serviceaccount:restamp-system:restamp-controller";

/** The rules of admission on top of a {@link LocalApiServer} with a Namespace that takes part and two sources. */
export interface AdmissionBench {
  readonly cluster: LocalApiServer;
  readonly keys: DigestKey[];
  /** Keys that are known only to who looks them up. */
  readonly newKeys: DigestKey[];
  readonly rules: WorkloadRules;
  readonly mutate: Mutate;
  readonly unknownKeys: () => number;
  /** Sets an object of namespace `shop`; `undefined` takes it away. */
  put(resource: "configmaps" | "secrets", name: string, object: object | undefined): void;
  /** Decides about a request within `timeoutMs`. @default 10000 */
  run(request: Readonly<Record<string, unknown>>, timeoutMs?: number): Promise<Mutation>;
  /** The stamp that a request's template gets, or `undefined`. */
  stampFor(request: Readonly<Record<string, unknown>>, timeoutMs?: number): Promise<string | undefined>;
}

/** A stamp with digests of nothing. */
export const oldStamp = "v1:k1-aaaaaa;configmap/app-config=AAAAAAAAAAAAAAAAAAAAAA;secret/db=BBBBBBBBBBBBBBBBBBBBBB";

/** Where a Deployment has its stamp. */
export const stampPointer = "/spec/template/metadata/annotations/restamp.dev~1stamp";

/** Makes a key of 32 equal bytes. */
export function testKey(id: string, byte = 1): DigestKey {
  return { id, bytes: Buffer.alloc(32, byte) };
}

/** Path of an object of namespace `shop`. */
export function shopPath(resource: string, name: string): string {
  return `/api/v1/namespaces/shop/${resource}/${name}`;
}

/** restamp's own annotations, and the defaults of all flags. */
export const ownRules: WorkloadRules = { settleMs: 0, minIntervalMs: 0 };

/** Starts a bench that ends with the test. */
export async function admissionBench(t: Test, rules = ownRules): Promise<AdmissionBench> {
  const cluster = await startLocalApiServer();
  t.teardown(() => cluster.close());
  const keys = [testKey("k1-aaaaaa")];
  const newKeys: DigestKey[] = [];
  let unknown = 0;
  const admissionKeys: AdmissionKeys = {
    find: (id) => keys.find((key) => key.id === id),
    signing: () => keys.at(-1),
    lookUp: async (id) => newKeys.find((key) => key.id === id),
  };
  const mutate = createMutate(
    {
      kinds: createWorkloadKinds(),
      keys: admissionKeys,
      rules,
      reads: createLiveReads({ api: cluster.api, rules, limit: createLimiter(32), readTimeoutMs: 10_000 }),
      onUnknownKey: () => unknown++,
    },
    { controllerUser },
  );
  const bench: AdmissionBench = {
    cluster,
    keys,
    newKeys,
    rules,
    mutate,
    unknownKeys: () => unknown,
    put(resource, name, object) {
      const path = shopPath(resource, name);
      if (object === undefined) cluster.answers.delete(path);
      else {
        const metadata = { name, uid: name, resourceVersion: "1", ...asObject(at(object, ["metadata"])) };
        cluster.answers.set(path, { object: { ...object, metadata } });
      }
    },
    async run(request, timeoutMs = 10_000) {
      const deadline: AdmissionDeadline = startDeadline(timeoutMs);
      try {
        return await mutate(admissionRequest(request), deadline);
      } finally {
        deadline.end();
      }
    },
    async stampFor(request, timeoutMs) {
      const { operations } = await bench.run(request, timeoutMs);
      const [operation] = operations;
      if (operation === undefined || operation.op === "remove") return undefined;
      const { value } = operation;
      return typeof value === "string" ? value : Object.values(value as Record<string, string>)[0];
    },
  };
  setNamespace(bench, { labels: { "restamp.dev/enabled": "true" } });
  bench.put("configmaps", "app-config", { data: { LOG: "info" } });
  bench.put("secrets", "db", { data: { password: "aHVudGVyMg==", other: "eA==" } });
  return bench;
}

/** Sets the metadata of Namespace `shop`. */
export function setNamespace({ cluster }: AdmissionBench, metadata: object): void {
  cluster.answers.set("/api/v1/namespaces/shop", { object: { metadata: { name: "shop", uid: "shop", ...metadata } } });
}

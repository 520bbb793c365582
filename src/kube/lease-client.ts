import { isClusterError } from "../core/errors.ts";
import { leases, resourcePath } from "../core/object-ref.ts";
import type { ApiClient, Logger } from "../core/ports.ts";
import { answeredObject } from "./answered-object.ts";
import { microTime } from "./event-object.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { createReflector, type Reflector } from "./reflector.ts";
import type { ReflectorOptions } from "./reflector-options.ts";

/** Who holds a lease; times in milliseconds since the epoch, by the clock of whoever wrote them. */
export interface LeaseRecord {
  /** Empty: released. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly acquiredAt: number;
  readonly renewedAt: number;
  /** How often the holder has changed. */
  readonly transitions: number;
}

/** A lease as the API server has it. */
export interface StoredLease {
  readonly record: LeaseRecord;
  readonly resourceVersion: string;
}

/** One Lease (coordination.k8s.io/v1). Failures are ClusterErrors. */
export interface LeaseClient {
  /** `undefined`: it does not exist. */
  read(signal: AbortSignal): Promise<StoredLease | undefined>;
  /**
   * Writes the record if the lease still has `resourceVersion` (`undefined`: if it does not exist), else throws `conflict`.
   * What others keep in the Lease (labels, annotations) stays.
   */
  write(record: LeaseRecord, resourceVersion: string | undefined, signal: AbortSignal): Promise<StoredLease>;
  /** Tells every change until the signal aborts; never rejects. */
  follow(signal: AbortSignal, onChange: (lease: StoredLease | undefined) => void): LeaseFollower;
}

/** A running {@link LeaseClient.follow}. */
export interface LeaseFollower {
  /** Whether changes arrive at once; if not, somebody should poll. */
  healthy(): boolean;
  readonly done: Promise<void>;
}

/** The Lease `name` in `namespace`. Needs the verbs get, create, patch, list and watch. */
export function createLeaseClient(
  deps: { readonly api: ApiClient; readonly log: Logger },
  options: {
    readonly namespace: string;
    readonly name: string;
    /** Limit of one call, in milliseconds. @default 5000 */
    readonly timeoutMs?: number;
    readonly reflector?: Partial<ReflectorOptions>;
  },
): LeaseClient {
  const { api, log } = deps;
  const { namespace, name, timeoutMs = 5_000 } = options;
  const path = resourcePath(leases, { namespace, name });
  return {
    async read(signal) {
      try {
        const answer = await api.request<KubernetesObject>({ method: "GET", path, timeoutMs, signal });
        return stored(answeredObject(path, answer));
      } catch (error) {
        if (isClusterError(error, "not-found")) return undefined;
        throw error;
      }
    },
    async write(record, resourceVersion, signal) {
      const spec = toSpec(record);
      if (resourceVersion === undefined) {
        const body = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name, namespace }, spec };
        const collection = resourcePath(leases, { namespace });
        return stored(await api.request({ method: "POST", path: collection, body, timeoutMs, signal }));
      }
      const body = { metadata: { resourceVersion }, spec };
      const contentType = "application/merge-patch+json";
      return stored(await api.request({ method: "PATCH", path, body, contentType, timeoutMs, signal }));
    },
    follow(signal, onChange) {
      const watched = { resource: leases, namespace, fieldSelector: `metadata.name=${name}` };
      let seen = false;
      const reflector: Reflector = createReflector(
        {
          api,
          log,
          watched,
          project: stored,
          handler: {
            listing() {
              seen = false;
            },
            item(lease) {
              seen = true;
              onChange(lease);
            },
            listed() {
              if (!seen) onChange(undefined);
            },
            event: (type, lease) => onChange(type === "deleted" ? undefined : lease),
          },
        },
        options.reflector,
      );
      const done = reflector.run(signal);
      return { healthy: () => reflector.hasSynced() && reflector.state().failure === undefined, done };
    },
  };
}

function toSpec(record: LeaseRecord): object {
  return {
    holderIdentity: record.holder,
    leaseDurationSeconds: record.durationSeconds,
    acquireTime: microTime(record.acquiredAt),
    renewTime: microTime(record.renewedAt),
    leaseTransitions: record.transitions,
  };
}

function stored(object: KubernetesObject): StoredLease {
  const spec = (object["spec"] ?? {}) as Readonly<Record<string, unknown>>;
  return {
    resourceVersion: object.metadata?.resourceVersion ?? "",
    record: {
      holder: typeof spec["holderIdentity"] === "string" ? spec["holderIdentity"] : "",
      durationSeconds: typeof spec["leaseDurationSeconds"] === "number" ? spec["leaseDurationSeconds"] : 0,
      acquiredAt: timeOf(spec["acquireTime"]),
      renewedAt: timeOf(spec["renewTime"]),
      transitions: typeof spec["leaseTransitions"] === "number" ? spec["leaseTransitions"] : 0,
    },
  };
}

function timeOf(value: unknown): number {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? 0 : time;
}

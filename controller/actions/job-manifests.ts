import { isClusterError } from "../../src/core/errors.ts";
import { asString, at, isObject, type JsonObject } from "../../src/core/json.ts";
import { resourcePath, secrets } from "../../src/core/object-ref.ts";
import type { ApiClient } from "../../src/core/ports.ts";
import { fieldManager, timeOf } from "../../src/core/workload.ts";
import { listPages } from "../../src/kube/list-pages.ts";
import type { CallOptions } from "./create-job.ts";

/** A Job that is to be created again. */
export interface JobManifest {
  /** Of the Job that is replaced. */
  readonly uid: string;
  readonly job: JsonObject;
}

/** A manifest as it is stored. */
export interface StoredManifest {
  /** Name of the Secret. */
  readonly secret: string;
  /** Milliseconds since the epoch, by the API server's clock. */
  readonly storedAt: number;
  /** `undefined` where somebody has changed it so that it cannot be read. */
  readonly manifest: JobManifest | undefined;
}

/** Most bytes of a manifest (https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size). */
export const manifestLimit = 1024 * 1024 - 1024;

const labels = { "app.kubernetes.io/name": "restamp", "app.kubernetes.io/component": "job-manifest" };

/**
 * The manifests of Jobs between their deletion and their creation, one object each in restamp's own namespace, named by
 * the old Job's uid.
 *
 * They are Secrets, not ConfigMaps: a pod template may have literal values in its environment that people treat as secret,
 * and whoever may see restamp's namespace (the ClusterRole `view` leaves Secrets out) need not see the Jobs of every other
 * one. Needs the verbs create, list and delete for Secrets in that namespace. One that is left over can be
 * applied by hand: `kubectl get secret NAME -o jsonpath='{.data.job\.json}' | base64 -d | kubectl apply -f -`.
 */
export interface JobManifests {
  /** Stores a manifest in place of an earlier one of the same Job. Throws `ClusterError`. */
  store(manifest: JobManifest, options: CallOptions): Promise<void>;
  /** Throws `ClusterError`. */
  list(signal: AbortSignal): Promise<readonly StoredManifest[]>;
  /** Also when there is none. Throws `ClusterError`. */
  remove(secret: string, options: CallOptions): Promise<void>;
}

/** The name of the Secret of a Job's manifest. */
export function manifestName(uid: string): string {
  return `restamp-job-${uid}`;
}

/** The text of a manifest; as large as what {@link manifestLimit} limits. */
export function manifestText(job: JsonObject): string {
  return JSON.stringify(job);
}

/** The manifests that are stored in a namespace. */
export function createJobManifests(api: ApiClient, { namespace }: { readonly namespace: string }): JobManifests {
  const collection = resourcePath(secrets, { namespace });

  async function create({ uid, job }: JobManifest, options: CallOptions): Promise<void> {
    const body = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: manifestName(uid), namespace, labels },
      type: "restamp.dev/job-manifest",
      data: { "job.json": encoded(manifestText(job)), uid: encoded(uid) },
    };
    await api.request({ method: "POST", path: collection, query: { fieldManager }, body, ...options });
  }

  async function remove(secret: string, options: CallOptions): Promise<void> {
    const path = resourcePath(secrets, { namespace, name: secret });
    await api.request({ method: "DELETE", path, ...options }).catch((error: unknown) => {
      if (!isClusterError(error, "not-found")) throw error;
    });
  }

  return {
    async store(manifest, options) {
      try {
        await create(manifest, options);
      } catch (error) {
        if (!isClusterError(error, "conflict") || error.reason !== "AlreadyExists") throw error;
        // Of an earlier try that ended before the deletion: the Job may have changed since, and is still there.
        await remove(manifestName(manifest.uid), options);
        await create(manifest, options);
      }
    },
    async list(signal) {
      const found: StoredManifest[] = [];
      const ignore = (): void => undefined;
      const labelSelector = Object.entries(labels)
        .map((pair) => pair.join("="))
        .join(",");
      await listPages(
        {
          api,
          watched: { resource: secrets, namespace, labelSelector },
          handler: {
            item: (secret) => void found.push(stored(secret)),
            listing: ignore,
            listed: ignore,
            event: ignore,
          },
        },
        { limit: 20, timeoutMs: 30_000, signal },
      );
      return found;
    },
    remove,
  };
}

function stored(secret: unknown): StoredManifest {
  const metadata = at(secret, ["metadata"]);
  const [uid, job] = [decoded(at(secret, ["data", "uid"])), parsed(decoded(at(secret, ["data", "job.json"])))];
  return {
    secret: asString(at(metadata, ["name"])) ?? "",
    storedAt: timeOf(at(metadata, ["creationTimestamp"])) ?? 0,
    manifest: uid === "" || !isObject(job) ? undefined : { uid, job },
  };
}

function encoded(text: string): string {
  return Buffer.from(text).toString("base64");
}

function decoded(value: unknown): string {
  return Buffer.from(asString(value) ?? "", "base64").toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { ClusterError, isClusterError } from "../src/core/errors.ts";
import { type Resource, resourcePath } from "../src/core/object-ref.ts";
import type { ApiClient } from "../src/core/ports.ts";
import { fieldManager } from "../src/core/workload.ts";

/** Served by every cluster; the webhook has one object of it. */
export const mutatingWebhookConfigurations: Resource = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  resource: "mutatingwebhookconfigurations",
  kind: "MutatingWebhookConfiguration",
};

/** What API servers trust the webhook by, as it was read. */
export interface PublishedBundle {
  readonly version: { readonly uid: string; readonly resourceVersion: string };
  /** PEM, one for each entry of `webhooks`; empty where there is none. */
  readonly bundles: readonly string[];
}

/** `webhooks[*].clientConfig.caBundle` of one MutatingWebhookConfiguration. */
export interface CaBundle {
  /**
   * Undefined if there is no such configuration.
   *
   * @throws ClusterError `invalid` if cert-manager is told to write it.
   */
  read(signal: AbortSignal): Promise<PublishedBundle | undefined>;
  /**
   * Writes `bundle` to every entry. @throws ClusterError `invalid` if the configuration is no longer as `published`:
   * read it again.
   */
  publish(published: PublishedBundle, bundle: string, signal: AbortSignal): Promise<void>;
}

interface Configuration {
  readonly metadata: PublishedBundle["version"] & { readonly annotations?: Readonly<Record<string, string>> };
  readonly webhooks?: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
}

const injectAnnotation = /^cert-manager\.io\/inject-/;

/** Reads and writes the authorities of the one configuration with this name, nothing else of it. */
export function createCaBundle(api: ApiClient, name: string): CaBundle {
  const path = resourcePath(mutatingWebhookConfigurations, { name });

  return {
    async read(signal) {
      try {
        return parse(await api.request<Configuration>({ method: "GET", path, signal }), name);
      } catch (error) {
        if (isClusterError(error, "not-found")) return undefined;
        throw error;
      }
    },
    async publish(published, bundle, signal) {
      const value = Buffer.from(bundle).toString("base64");
      const { uid, resourceVersion } = published.version;
      const body = [
        { op: "test", path: "/metadata/uid", value: uid },
        // The entries are addressed by position, which only this version is known to have.
        { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
        ...published.bundles.map((_, at) => ({ op: "add", path: `/webhooks/${at}/clientConfig/caBundle`, value })),
      ];
      const query = { fieldManager };
      await api.request({ method: "PATCH", path, query, contentType: "application/json-patch+json", body, signal });
    },
  };
}

function parse(configuration: Configuration, name: string): PublishedBundle {
  const { uid, resourceVersion, annotations = {} } = configuration.metadata;
  const injected = Object.keys(annotations).find((key) => injectAnnotation.test(key));
  if (injected !== undefined) {
    throw new ClusterError(
      "invalid",
      `Cannot publish authority in MutatingWebhookConfiguration ${name}: cert-manager does (annotation "${injected}"): ` +
        "remove the annotation, or let cert-manager provide the certificate",
    );
  }
  const bundles = (configuration.webhooks ?? []).map(({ clientConfig }) =>
    Buffer.from(clientConfig.caBundle ?? "", "base64").toString(),
  );
  return { version: { uid, resourceVersion }, bundles };
}

import type { PemPair } from "../certs/certificate-pair.ts";
import type { CertificateState } from "../certs/renewal.ts";
import type { CompleteCertificates } from "../certs/rotation.ts";
import { ClusterError, isClusterError } from "../src/core/errors.ts";
import { describeObject, resourcePath, secrets } from "../src/core/object-ref.ts";
import type { ApiClient } from "../src/core/ports.ts";
import { fieldManager } from "../src/core/workload.ts";

/** The Secret as it was read. */
export interface StoredCertificates extends CertificateState {
  /** Identity for a guarded write; undefined if there is no such Secret. */
  readonly version: { readonly uid: string; readonly resourceVersion: string } | undefined;
}

/** The Secret that holds the self-managed certificate. */
export interface CertificateSecret {
  /** @throws ClusterError `invalid` if cert-manager owns the Secret. */
  read(signal: AbortSignal): Promise<StoredCertificates>;
  /** Creates or updates it. @throws ClusterError `conflict` if it is no longer as `stored`: read it again. */
  write(stored: StoredCertificates, certificates: CompleteCertificates, signal: AbortSignal): Promise<void>;
}

interface SecretObject {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

const managerAnnotation = "cert-manager.io/certificate-name";

/**
 * Reads and writes a Secret of type `kubernetes.io/tls` with `tls.crt`, `tls.key`, `ca.crt` (all authorities to trust,
 * the signing one first) and `ca.key`, which the next serving certificate needs. Pods mount the first two only.
 */
export function createCertificateSecret(
  api: ApiClient,
  where: { readonly namespace: string; readonly name: string },
): CertificateSecret {
  const path = resourcePath(secrets, where);
  const query = { fieldManager };

  return {
    async read(signal) {
      try {
        return parse(await api.request<SecretObject>({ method: "GET", path, signal }), where);
      } catch (error) {
        if (!isClusterError(error, "not-found")) throw error;
        return { version: undefined, serving: undefined, authority: undefined };
      }
    },
    async write(stored, certificates, signal) {
      const data = encode(certificates);
      if (stored.version === undefined) {
        const body = newSecret(where, data);
        const collection = resourcePath(secrets, { namespace: where.namespace });
        await api.request({ method: "POST", path: collection, query, body, signal });
        return;
      }
      // A merge patch with a resourceVersion is refused with 409 if that is no longer the present one.
      const contentType = "application/merge-patch+json";
      await api.request({
        method: "PATCH",
        path,
        query,
        contentType,
        body: { metadata: stored.version, data },
        signal,
      });
    },
  };
}

function parse(secret: SecretObject, where: { namespace: string; name: string }): StoredCertificates {
  const { uid, resourceVersion, annotations = {} } = secret.metadata;
  if (annotations[managerAnnotation] !== undefined) {
    const name = describeObject({ kind: "Secret", ...where });
    throw new ClusterError(
      "invalid",
      `Cannot manage ${name}: cert-manager does (Certificate "${annotations[managerAnnotation]}"): ` +
        "delete that Certificate and the Secret, or let cert-manager provide the certificate",
    );
  }
  const data = secret.data ?? {};
  return {
    version: { uid, resourceVersion },
    serving: pair(data["tls.crt"], data["tls.key"]),
    authority: pair(data["ca.crt"], data["ca.key"]),
  };
}

/** A certificate without its key is kept: it may still be trusted or in use. */
function pair(cert = "", key = ""): PemPair | undefined {
  if (cert === "") return undefined;
  return { cert: Buffer.from(cert, "base64").toString(), key: Buffer.from(key, "base64").toString() };
}

function encode({ serving, authority }: CompleteCertificates): Record<string, string> {
  const text = { "tls.crt": serving.cert, "tls.key": serving.key, "ca.crt": authority.cert, "ca.key": authority.key };
  return Object.fromEntries(Object.entries(text).map(([key, value]) => [key, Buffer.from(value).toString("base64")]));
}

function newSecret(where: { namespace: string; name: string }, data: Record<string, string>) {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      ...where,
      labels: { "app.kubernetes.io/part-of": "restamp", "app.kubernetes.io/managed-by": "restamp" },
      // The webhook reloads it: replacing its pods because of a renewal would be work for nothing.
      annotations: { "restamp.dev/ignore": "true" },
    },
    type: "kubernetes.io/tls",
    data,
  };
}

import { stampAnnotation } from "../../src/core/stamp.ts";
import type { AdmissionRequest } from "../../webhook/admission-review.ts";
import { parseAdmissionReview } from "../../webhook/admission-review.ts";

/** What varies between the workloads of the tests. */
export interface WorkloadParts {
  readonly stamp?: string;
  readonly image?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly templateAnnotations?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A Deployment `shop/cart` that takes all of ConfigMap `app-config` and one key of Secret `db`. */
export function deployment(parts: WorkloadParts = {}): object {
  const annotations = {
    ...parts.templateAnnotations,
    ...(parts.stamp === undefined ? {} : { [stampAnnotation]: parts.stamp }),
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "cart", labels: parts.labels, annotations: parts.annotations, ...parts.metadata },
    spec: {
      replicas: 1,
      template: {
        metadata: { labels: { app: "cart" }, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
        spec: parts.spec ?? podSpec(parts.image),
      },
    },
  };
}

/** One container, `envFrom` a ConfigMap and one variable from a Secret. */
export function podSpec(image = "cart:1"): Readonly<Record<string, unknown>> {
  return {
    containers: [
      {
        name: "app",
        image,
        envFrom: [{ configMapRef: { name: "app-config" } }],
        env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }],
      },
    ],
  };
}

/** A review as the API server sends it; `request` replaces fields of it. */
export function review(request: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
      kind: { group: "apps", version: "v1", kind: "Deployment" },
      resource: { group: "apps", version: "v1", resource: "deployments" },
      name: "cart",
      namespace: "shop",
      operation: "oldObject" in request ? "UPDATE" : "CREATE",
      userInfo: { username: "jane" },
      options: { fieldManager: "kubectl-client-side-apply" },
      dryRun: false,
      ...request,
    },
  });
}

/** The request of {@link review}. */
export function admissionRequest(request: Readonly<Record<string, unknown>> = {}): AdmissionRequest {
  const parsed = parseAdmissionReview(review(request));
  if (parsed.is !== "review") throw new Error(parsed.problem);
  return parsed.request;
}

/** The response of an answer's body, with its patch decoded. */
export function readAnswer(body: string): {
  uid: string;
  allowed: boolean;
  patch?: { op: string; path: string; value?: unknown }[];
  warnings?: string[];
  auditAnnotations?: Record<string, string>;
} {
  const { response } = JSON.parse(body);
  const { patch, patchType: _type, ...rest } = response;
  return patch === undefined ? rest : { ...rest, patch: JSON.parse(Buffer.from(patch, "base64").toString()) };
}

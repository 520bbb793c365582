import { once } from "node:events";
import * as https from "node:https";
import { text } from "node:stream/consumers";
import type { Kube, KubeObject } from "../controlplane/kube.ts";

/** Asks the webhook itself, past the API server. */
export interface ReviewClient {
  /** Has the creation of a workload reviewed, and returns whether it was stamped in time. */
  create(object: KubeObject): Promise<boolean>;
  close(): void;
}

interface WebhookConfiguration extends KubeObject {
  readonly webhooks: readonly {
    readonly clientConfig: {
      readonly caBundle: string;
      readonly service: {
        readonly namespace: string;
        readonly name: string;
        readonly path: string;
        readonly port: number;
      };
    };
  }[];
}

/** Finds the webhook by its registration; it runs on this host. */
export async function sendReviews(kube: Kube): Promise<ReviewClient> {
  const path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/restamp";
  const [webhook] = (await kube.get<WebhookConfiguration>(path)).webhooks;
  if (webhook === undefined) throw new Error(`Cannot find the webhook: "${path}" has none`);
  const { service, caBundle } = webhook.clientConfig;
  const agent = new https.Agent({
    keepAlive: true,
    ca: Buffer.from(caBundle, "base64"),
    servername: `${service.name}.${service.namespace}.svc`,
  });
  const options = { agent, method: "POST", headers: { "content-type": "application/json" } };
  return {
    async create(object) {
      const request = https.request(`https://127.0.0.1:${service.port}${service.path}`, options);
      request.end(JSON.stringify(reviewOf(object)));
      const [response] = (await once(request, "response")) as [NodeJS.ReadableStream];
      return (await text(response)).includes('"patch"');
    },
    close: () => agent.destroy(),
  };
}

function reviewOf(object: KubeObject): object {
  const { name, namespace } = object.metadata;
  const request = {
    uid: crypto.randomUUID(),
    kind: { group: "apps", version: "v1", kind: object.kind },
    resource: { group: "apps", version: "v1", resource: `${object.kind.toLowerCase()}s` },
    ...{ name, namespace, object, operation: "CREATE", dryRun: false, userInfo: { username: "bench" } },
  };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request };
}

import type { Kube, KubeObject } from "../controlplane/kube.ts";

const registration = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/restamp";

/**
 * Makes the API server wait 5 s for the webhook instead of 1, so that only what fails is a failure, and not what a busy
 * machine delays.
 */
export async function waitLongerForWebhook(kube: Kube): Promise<void> {
  type Configuration = KubeObject & { readonly webhooks: readonly object[] };
  const { webhooks } = await kube.get<Configuration>(registration);
  await kube.patch(registration, { webhooks: webhooks.map((each) => ({ ...each, timeoutSeconds: 5 })) });
}

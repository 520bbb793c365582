import t from "tap";
import type { KubeObject } from "../controlplane/kube.ts";
import { kustomize, manifest, parseManifests } from "../helpers/kustomize.ts";

// What operators and security reviewers expect of the Pods, in every overlay that has them.

interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: object };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: { readonly serviceAccountName: string; readonly containers: readonly [Container] };
    };
  };
}
interface Container {
  readonly ports: readonly { readonly name: string }[];
  readonly resources: unknown;
}
interface Policy extends KubeObject {
  readonly spec: {
    readonly podSelector: { readonly matchLabels: object };
    readonly policyTypes: readonly string[];
    readonly ingress: readonly { readonly from?: readonly object[]; readonly ports: readonly { port: string }[] }[];
    readonly egress: readonly { readonly ports: readonly unknown[] }[];
  };
}

const overlays = [
  { overlay: "release", components: ["webhook", "controller"] },
  { overlay: "self-managed", components: ["webhook", "controller"] },
  { overlay: "existing-namespace", components: ["webhook", "controller"] },
  { overlay: "reloader", components: ["controller"] },
  { overlay: "observe", components: ["controller"] },
];

for (const { overlay, components } of overlays) {
  const objects = parseManifests(await kustomize({ resources: [`overlays/${overlay}`] }));
  for (const component of components) {
    t.test(`overlays/${overlay}: the Pods of the ${component}`, async (t) => {
      const { spec } = manifest<Deployment>(objects, "Deployment", component);
      const pod = spec.template.spec;
      const [container, ...others] = pod.containers;
      t.strictSame(others, [], "have one container");
      t.match(pod.serviceAccountName, new RegExp(`${component}$`), "have a ServiceAccount of their own");
      t.match(pod, { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } });
      const securityContext = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };
      t.match(container, { securityContext: { ...securityContext, capabilities: { drop: ["ALL"] } } });
      const requests = { cpu: "50m", memory: "128Mi" };
      // No CPU limit: start-up and admission must not be throttled.
      t.strictSame(container.resources, { requests, limits: { memory: "256Mi" } });
      const probe = (path: string) => ({ httpGet: { path, port: "ops" }, timeoutSeconds: Number });
      t.match(container, {
        startupProbe: probe("/livez"),
        livenessProbe: probe("/livez"),
        readinessProbe: probe("/readyz"),
      });
    });

    t.test(`overlays/${overlay}: the network policy of the ${component}`, async (t) => {
      const { spec } = manifest<Policy>(objects, "NetworkPolicy", component);
      const { template } = manifest<Deployment>(objects, "Deployment", component).spec;
      t.match(template.metadata.labels, spec.podSelector.matchLabels, "is about its Pods");
      t.strictSame(spec.policyTypes, ["Ingress", "Egress"]);
      const open = spec.ingress.flatMap(({ ports }) => ports.map(({ port }) => port));
      const served = template.spec.containers[0].ports.map(({ name }) => name);
      t.strictSame(open, served, "opens each port that it serves, and no other");
      const fromAnywhere = spec.ingress.filter(({ from }) => from === undefined).flatMap(({ ports }) => ports);
      t.strictSame(
        fromAnywhere,
        component === "webhook" ? [{ port: "webhook" }] : [],
        "lets only Pods read metrics: the API server, which is no Pod, calls the webhook",
      );
      t.ok(
        spec.egress.every(({ ports }) => ports.length > 0),
        "lets it reach named ports only",
      );
    });
  }
}

t.test("two replicas of the webhook, and one of them at least through the draining of a node", async (t) => {
  const objects = parseManifests(await kustomize({ resources: ["overlays/release"] }));
  for (const component of ["webhook", "controller"]) {
    const { spec } = manifest<Deployment>(objects, "Deployment", component);
    t.equal(spec.replicas, 2);
    const budget = manifest<KubeObject & { spec: { selector: object } }>(objects, "PodDisruptionBudget", component);
    t.match(budget.spec, { minAvailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: spec.selector });
  }
});

t.test("the namespace enforces the restricted pod security level", async (t) => {
  const objects = parseManifests(await kustomize({ resources: ["overlays/release"] }));
  const { labels } = manifest<KubeObject>(objects, "Namespace").metadata;
  t.equal(labels?.["pod-security.kubernetes.io/enforce"], "restricted");
});

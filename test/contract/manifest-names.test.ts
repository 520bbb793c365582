import t, { type Test } from "tap";
import type { KubeObject } from "../controlplane/kube.ts";
import { kustomize, manifest, parseManifests } from "../helpers/kustomize.ts";

// An install under another name and in another namespace: whatever refers to something else must follow.

interface WebhookConfiguration extends KubeObject {
  webhooks: {
    name: string;
    clientConfig: { service: { name: string; namespace: string } };
    matchConditions: { name: string; expression: string }[];
  }[];
}
interface Deployment extends KubeObject {
  spec: { template: { spec: { containers: [{ env: { name: string; value?: string }[] }] } } };
}
interface ClusterRole extends KubeObject {
  rules: { resourceNames?: string[] }[];
}

const base = "base";

const layers = [
  { title: "by one kustomization on top of the overlay", resources: ["overlays/existing-namespace"], components: [] },
  {
    title: "by the kustomization that puts the parts together",
    resources: [base],
    components: ["components/cert-manager"],
  },
];
for (const { title, resources, components } of layers) {
  t.test(`install moves and takes another name ${title}`, async (t) => {
    const names = { namespace: "kube-system", namePrefix: "acme-", nameSuffix: "-blue" };
    const objects = parseManifests(await kustomize({ resources, components, ...names }));
    checkNames(t, objects);
    t.notOk(
      objects.some(({ kind }) => kind === "Namespace"),
      "nothing is said about the Namespace",
    );
    interface Certificate extends KubeObject {
      spec: { dnsNames: string[]; issuerRef: { name: string } };
    }
    const leaf = manifest<Certificate>(objects, "Certificate", "restamp-webhook-blue");
    t.same(leaf.spec.dnsNames, [
      "acme-restamp-webhook-blue.kube-system.svc",
      "acme-restamp-webhook-blue.kube-system.svc.cluster.local",
    ]);
    t.equal(leaf.spec.issuerRef.name, "acme-restamp-ca-blue");
    const { metadata } = manifest(objects, "MutatingWebhookConfiguration");
    t.equal(metadata.annotations?.["cert-manager.io/inject-ca-from"], `kube-system/${leaf.metadata.name}`);
  });
}

t.test("self-managed install moves and takes another name", async (t) => {
  const names = { namespace: "kube-system", namePrefix: "acme-", nameSuffix: "-blue" };
  const components = ["components/self-managed", "components/high-availability", "components/service-monitor"];
  const objects = parseManifests(await kustomize({ resources: [base], components, ...names }));
  checkNames(t, objects);
  t.match(envOf(objects, "controller"), {
    RESTAMP_CERTIFICATE_MODE: "self-managed",
    RESTAMP_WEBHOOK_SERVICE: "acme-restamp-webhook-blue",
    RESTAMP_WEBHOOK_CONFIGURATION: "acme-restamp-blue",
  });
  const { rules } = manifest<ClusterRole>(objects, "ClusterRole", "restamp-certificate-blue");
  t.same(rules[0]?.resourceNames, ["acme-restamp-blue"]);
});

t.test("sharded install moves and takes another name", async (t) => {
  const names = { namespace: "kube-system", namePrefix: "acme-", nameSuffix: "-blue" };
  const components = ["components/sharded", "components/self-managed"];
  const objects = parseManifests(await kustomize({ resources: [base], components, ...names }));
  checkNames(t, objects);
  for (const shard of ["0", "1"]) {
    const { spec } = manifest<Deployment>(objects, "Deployment", `restamp-controller-${shard}-blue`);
    t.match(spec.template.spec, { serviceAccountName: "acme-restamp-controller-blue" });
    t.match(envOf(objects, `controller-${shard}`), {
      RESTAMP_SHARD: `${shard}/2`,
      RESTAMP_CERTIFICATE_MODE: "self-managed",
      RESTAMP_WEBHOOK_SERVICE: "acme-restamp-webhook-blue",
    });
  }
});

t.test("no name of a kustomize variable is left over", async (t) => {
  for (const overlay of ["release", "existing-namespace", "self-managed"]) {
    t.notMatch(await kustomize({ resources: [`overlays/${overlay}`] }), /\$\(/, overlay);
  }
});

/** What every install that is called acme-…-blue and lives in kube-system must say. */
function checkNames(t: Test, objects: readonly KubeObject[]): void {
  for (const { kind, metadata } of objects) {
    t.match(metadata.name, /^acme-.*-blue$/, `${kind} "${metadata.name}" has the name`);
    if (metadata.namespace !== undefined)
      t.equal(metadata.namespace, "kube-system", `${kind} "${metadata.name}" moves`);
  }
  const service = manifest(objects, "Service").metadata.name;
  for (const { name, clientConfig, matchConditions } of manifest<WebhookConfiguration>(
    objects,
    "MutatingWebhookConfiguration",
  ).webhooks) {
    t.match(clientConfig.service, { name: service, namespace: "kube-system" }, `${name} calls the Service`);
    t.equal(
      matchConditions.find((condition) => condition.name === "not-restamp")?.expression,
      "request.userInfo.username != 'system:serviceaccount:kube-system:acme-restamp-controller-blue'",
    );
  }
  interface Binding extends KubeObject {
    roleRef: { kind: string; name: string };
    subjects: { name: string; namespace: string }[];
  }
  for (const { metadata, roleRef, subjects } of objects.filter(({ kind }) => /Binding$/.test(kind)) as Binding[]) {
    const [subject] = subjects;
    t.equal(subject?.namespace, "kube-system", metadata.name);
    manifest(objects, "ServiceAccount", subject?.name);
    manifest(objects, roleRef.kind, roleRef.name);
  }
  t.equal(envOf(objects, "webhook")["RESTAMP_CONTROLLER_SERVICE_ACCOUNT"], "acme-restamp-controller-blue");
}

function envOf(objects: readonly KubeObject[], command: string): Record<string, string | undefined> {
  const deployment = manifest<Deployment>(objects, "Deployment", `restamp-${command}-blue`);
  return Object.fromEntries(deployment.spec.template.spec.containers[0].env.map(({ name, value }) => [name, value]));
}

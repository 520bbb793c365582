import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { ledgerShards } from "../../controller/ledger.ts";
import { parseCustomWorkload, workloadKinds } from "../../src/core/workload-kinds.ts";
import { manifestsYaml } from "../../src/manifests/manifests.ts";
import { environmentName, type OptionRow, readValue } from "../../src/options/option-row.ts";
import { optionTable, rowsOf } from "../../src/options/table.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { kustomize, manifest, manifestsFolder, parseManifests } from "../helpers/kustomize.ts";

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}
interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { fieldRef: { fieldPath: string } };
}
interface Container {
  image: string;
  args: string[];
  env: EnvVar[];
  ports: { name: string; containerPort: number }[];
  volumeMounts?: { name: string; mountPath: string; subPath?: string }[];
}
interface Deployment extends KubeObject {
  spec: {
    template: { spec: { terminationGracePeriodSeconds: number; enableServiceLinks: boolean; containers: [Container] } };
  };
}
interface WebhookConfiguration extends KubeObject {
  webhooks: {
    name: string;
    timeoutSeconds: number;
    clientConfig: { service: { name: string; namespace: string; port: number } };
    rules: { apiGroups: string[]; apiVersions: string[]; resources: string[] }[];
    matchConditions: { name: string; expression: string }[];
  }[];
}

const base = "base";
const everything = ["cert-manager", "self-managed", "high-availability", "service-monitor", "namespace"].map(
  (name) => `components/${name}`,
);
/** The API server's own names for the values of the downward API; see `src/options/pod-identity.ts`. */
const identity = { POD_NAME: "metadata.name", POD_NAMESPACE: "metadata.namespace" };

const release = parseManifests(await kustomize({ resources: ["overlays/release"] }));
const selfManaged = parseManifests(await kustomize({ resources: ["overlays/self-managed"] }));

t.test("manifests/base/webhook-configuration.yaml is what `restamp manifests` prints", async (t) => {
  t.equal(readFileSync(join(manifestsFolder, base, "webhook-configuration.yaml"), "utf8"), manifestsYaml());
});

t.test("webhook configuration for kinds of one's own is a patch of the shipped one", async (t) => {
  const kind = parseCustomWorkload("example.com/v1/widgets/Widget:spec.pod");
  if ("problem" in kind) throw new Error(kind.problem);
  const [patch = "", ...rights] = manifestsYaml({ customWorkloads: [kind] }).split(/^---$/m);
  t.equal(rights.length, 2, "after it come the rights");
  const patched = parseManifests(await kustomize({ resources: ["overlays/release"], patches: [{ patch }] }));
  const before = manifest<WebhookConfiguration>(release, "MutatingWebhookConfiguration");
  const after = manifest<WebhookConfiguration>(patched, "MutatingWebhookConfiguration");
  t.same(after.metadata, before.metadata, "labels and what cert-manager looks for stay");
  const widgets = after.webhooks.filter(({ name }) => name.startsWith("spec-pod."));
  t.equal(widgets.length, 2);
  t.equal(after.webhooks.length, before.webhooks.length + 2);
  for (const { rules } of widgets) t.match(rules, [{ apiGroups: ["example.com"], resources: ["widgets"] }]);
  for (const { name, matchConditions, clientConfig } of after.webhooks) {
    t.match(clientConfig, before.webhooks[0]?.clientConfig ?? {}, name);
    const owners = matchConditions.filter(({ expression }) => expression.includes("'Widget'"));
    t.equal(owners.length, 1, `${name} knows the kind as an owner`);
  }
});

t.test("webhook configuration has the kinds of the table and waits longer than the webhook", async (t) => {
  const { webhooks } = manifest<WebhookConfiguration>(release, "MutatingWebhookConfiguration");
  const ruled = webhooks.flatMap(({ rules }) =>
    rules.flatMap((rule) => rule.resources.map((resource) => `${rule.apiGroups}/${rule.apiVersions}/${resource}`)),
  );
  const rows = workloadKinds.filter((row) => row.stampable).map((row) => `${row.group}/${row.version}/${row.resource}`);
  t.same(new Set(ruled), new Set(rows));
  for (const { name, timeoutSeconds } of webhooks) {
    const max = defaultOf("admission-timeout", "max");
    t.ok(timeoutSeconds * 1000 > max, `${name} waits longer than any --admission-timeout`);
  }
});

t.test("controller's ClusterRole has the kinds of the table", async (t) => {
  const rules = manifest<KubeObject & { rules: Rule[] }>(release, "ClusterRole", "restamp-controller").rules;
  const verbsOf = (group: string, resource: string) =>
    rules.filter((rule) => rule.apiGroups.includes(group) && rule.resources.includes(resource)).flatMap((r) => r.verbs);
  for (const { group, resource, stampable } of workloadKinds) {
    // One that is written may have to be looked at again; see controller/advance.ts.
    const expected = stampable ? ["get", "list", "watch", "patch"] : ["list", "watch"];
    t.same(verbsOf(group, resource), expected, resource);
  }
  const known = new Set([...workloadKinds.map((row) => row.resource), "configmaps", "secrets", "namespaces", "events"]);
  t.same(
    rules.flatMap((rule) => rule.resources).filter((resource) => !known.has(resource)),
    [],
  );
});

t.test("Roles name the objects that the options name by default", async (t) => {
  const named = (objects: KubeObject[], name: string, resource: string) =>
    manifest<KubeObject & { rules: Rule[] }>(objects, "Role", name).rules.flatMap((rule) =>
      rule.resources.includes(resource) ? (rule.resourceNames ?? []) : [],
    );
  const shards = Array.from({ length: ledgerShards }, (_, shard) => `${textOf("ledger-name")}-${shard}`);
  t.same(named(release, "restamp-controller", "configmaps"), shards);
  t.same(named(release, "restamp-controller", "secrets"), [textOf("key-secret")]);
  t.same(named(release, "restamp-webhook", "secrets"), [textOf("key-secret")]);
  t.same(named(release, "restamp-controller", "leases"), [textOf("lease-name")]);
  t.same(named(selfManaged, "restamp-certificate", "secrets"), [textOf("certificate-secret")]);
});

t.test("no role has wildcards or can give itself more", async (t) => {
  const objects = parseManifests(await kustomize({ resources: [base], components: everything }));
  const roles = objects.filter(({ kind }) => /Role$/.test(kind)) as (KubeObject & { rules: Rule[] })[];
  const rules = roles.flatMap((role) => role.rules);
  t.notMatch(JSON.stringify(rules.map(({ apiGroups, resources, verbs }) => [apiGroups, resources, verbs])), /\*|rbac/);
  const allowed = ["get", "list", "watch", "create", "patch"];
  t.same(
    rules.flatMap((rule) => rule.verbs).filter((verb) => !allowed.includes(verb)),
    [],
  );
});

for (const [title, objects] of [
  ["release", release],
  ["self-managed", selfManaged],
] as const) {
  for (const command of ["webhook", "controller"] as const) {
    t.test(`${title}: Deployment of the ${command} says only what its options know`, async (t) => {
      const { spec } = manifest<Deployment>(objects, "Deployment", command).spec.template;
      const [{ args, env, ports, image }] = spec.containers;
      t.same(args, [command]);
      t.equal(spec.enableServiceLinks, false, "no variables of Services, which look like options");
      t.ok(spec.terminationGracePeriodSeconds * 1000 > defaultOf("shutdown-timeout"), "graceful stop comes first");
      const rows = new Map(rowsOf(command).map((row) => [environmentName(row), row]));
      for (const { name, value, valueFrom } of env) {
        if (name in identity) {
          t.equal(valueFrom?.fieldRef.fieldPath, identity[name as keyof typeof identity], name);
          continue;
        }
        const row = rows.get(name);
        t.ok(row, `${name} is an option of ${command}`);
        if (row) t.match(readValue(row, value ?? ""), { value: String }, `${name}: ${value}`);
      }
      t.same(
        Object.keys(identity).filter((name) => !env.some((each) => each.name === name)),
        [],
      );
      const port = Object.fromEntries(ports.map((each) => [each.name, `:${each.containerPort}`]));
      t.equal(port["ops"], textOf("ops-address"));
      if (command === "webhook") t.equal(port["webhook"], textOf("webhook-address"));
      const { version } = JSON.parse(readFileSync(join(manifestsFolder, "..", "package.json"), "utf8"));
      t.equal(image, `ghcr.io/restamp/restamp:${version}`);
    });
  }
}

t.test("certificate is mounted as a folder, where the webhook looks for it", async (t) => {
  const [{ volumeMounts = [] }] = manifest<Deployment>(release, "Deployment", "webhook").spec.template.spec.containers;
  const [tls] = volumeMounts;
  t.equal(`${tls?.mountPath}/tls.crt`, textOf("tls-cert-file"));
  t.equal(`${tls?.mountPath}/tls.key`, textOf("tls-key-file"));
  t.equal(tls?.subPath, undefined);
});

t.test(
  "CA outlives the serving certificate by far, and is renewed before any of its certificates could outlive it",
  async (t) => {
    interface Certificate extends KubeObject {
      spec: { duration: string; renewBefore: string };
    }
    const hours = (text: string) => Number(/^(\d+)h$/.exec(text)?.[1]);
    const ca = manifest<Certificate>(release, "Certificate", "restamp-ca").spec;
    const leaf = manifest<Certificate>(release, "Certificate", "restamp-webhook").spec;
    t.ok(hours(ca.duration) >= 3 * hours(leaf.duration));
    t.ok(hours(ca.renewBefore) > hours(leaf.duration));
  },
);

function rowOf(name: (typeof optionTable)[number]["name"]): OptionRow {
  const row = optionTable.find((each) => each.name === name);
  if (row === undefined) throw new Error(`Cannot find option "${name}"`);
  return row;
}

function textOf(name: Parameters<typeof rowOf>[0]): string {
  return rowOf(name).default ?? "";
}

function defaultOf(name: Parameters<typeof rowOf>[0], which: "default" | "max" = "default"): number {
  const read = readValue(rowOf(name), rowOf(name)[which] ?? "");
  return "value" in read ? Number(read.value) : Number.NaN;
}

import t from "tap";
import { createWorkloadKinds, type WorkloadKind, workloadKinds } from "../../../src/core/workload-kinds.ts";
import { webhookConfiguration } from "../../../src/manifests/webhook-configuration.ts";

const template: readonly string[] = ["spec", "template"];
const widget: WorkloadKind = {
  group: "example.com",
  version: "v1",
  resource: "widgets",
  kind: "Widget",
  templatePath: ["spec", "pod"],
  stampable: true,
  builtIn: false,
  custom: true,
  pausable: false,
};
const defaults = createWorkloadKinds();
const withKinds = (...customWorkloads: readonly WorkloadKind[]) => createWorkloadKinds({ customWorkloads });

t.test("webhookConfiguration() has two webhooks for each path of a template", async (t) => {
  const { webhooks } = webhookConfiguration(withKinds(widget));
  t.same(
    webhooks.map((webhook) => webhook.name),
    ["spec-template", "spec-jobtemplate-spec-template", "spec-pod"].flatMap((family) => [
      `${family}.namespaces.restamp.dev`,
      `${family}.workloads.restamp.dev`,
    ]),
  );
});

t.test("webhookConfiguration() has a rule for each stampable kind and for no other", async (t) => {
  const ruled = webhookConfiguration(defaults).webhooks.map(({ rules }) =>
    rules.flatMap((rule) => rule.resources.map((resource) => `${rule.apiGroups}/${rule.apiVersions}/${resource}`)),
  );
  const rows = workloadKinds.filter((row) => row.stampable);
  const expected = (mine: boolean) =>
    rows
      .filter((row) => (row.templatePath.join() === template.join()) === mine)
      .map((row) => `${row.group}/${row.version}/${row.resource}`);
  t.same(ruled, [expected(true), expected(true), expected(false), expected(false)]);
});

t.test("webhookConfiguration() leaves a kind out whose template is immutable, but knows it as an owner", async (t) => {
  const { webhooks } = webhookConfiguration(withKinds({ ...widget, stampable: false }));
  t.notMatch(JSON.stringify(webhooks.map(({ rules }) => rules)), /widgets/);
  for (const { matchConditions } of webhooks) {
    t.match(
      matchConditions.find(({ name }) => name === "not-controlled-by-a-workload")?.expression,
      /startsWith\('example.com\/'\) && o.kind in \['Widget'\]/,
    );
  }
});

t.test("webhookConfiguration() has no rule for a kind that is ignored, but knows it as an owner", async (t) => {
  const { webhooks } = webhookConfiguration(createWorkloadKinds({ argoRollouts: false, deploymentConfigs: false }));
  const resources = webhooks.flatMap(({ rules }) => rules.flatMap((rule) => rule.resources));
  t.strictSame([...new Set(resources)], ["deployments", "statefulsets", "daemonsets", "cronjobs"]);
  t.match(JSON.stringify(webhooks), "startsWith('argoproj.io/')");
});

t.test("webhookConfiguration() has names of its own for paths that look alike", async (t) => {
  const like = (kind: string, ...templatePath: readonly string[]): WorkloadKind => {
    return { ...widget, resource: kind.toLowerCase(), kind, templatePath };
  };
  const kinds = withKinds(like("A", "spec", "podSet"), like("B", "spec", "podset"), like("C", "spec", "pod_set"));
  const names = webhookConfiguration(kinds).webhooks.map(({ name }) => name);
  t.equal(new Set(names).size, names.length);
  for (const name of names) t.match(name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/);
});

t.test("webhookConfiguration() takes names and keys", async (t) => {
  const { metadata, webhooks } = webhookConfiguration(defaults, {
    webhookConfiguration: "acme",
    namespace: "acme-system",
    webhookService: "acme-hook",
    controllerServiceAccount: "acme-controller",
    optIn: ["reloader.stakater.com/auto"],
  });
  t.equal(metadata.name, "acme");
  for (const { clientConfig, matchConditions } of webhooks) {
    t.match(clientConfig.service, { name: "acme-hook", namespace: "acme-system" });
    t.match(matchConditions[0]?.expression, "'system:serviceaccount:acme-system:acme-controller'");
    t.ok(matchConditions.length <= 64, "the API server takes at most 64 conditions");
  }
  t.match(
    webhooks[1]?.matchConditions.at(-1)?.expression,
    "'reloader.stakater.com/auto' in object.metadata.annotations",
  );
  const [first] = webhookConfiguration(defaults, { namespacesToIgnore: ["kube-system"] }).webhooks;
  t.match(first?.namespaceSelector, {
    matchExpressions: [{ operator: "In" }, { operator: "NotIn", values: ["kube-system"] }],
  });
  const [, all] = webhookConfiguration(defaults, { autoReloadAll: true }).webhooks;
  t.notOk(
    all?.matchConditions.some(({ name }) => name === "opted-in"),
    "where all take part, none is left out",
  );
});

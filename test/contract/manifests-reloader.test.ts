import t from "tap";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import type { OptionRow } from "../../src/options/option-row.ts";
import { optionTable } from "../../src/options/table.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { kustomize, manifest, parseManifests } from "../helpers/kustomize.ts";
import type { Rule } from "../helpers/rights.ts";

// The install in place of Reloader, and the one with a Role in each namespace.

type Role = KubeObject & { readonly rules: readonly Rule[] };
interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly containers: readonly [{ readonly args: readonly string[]; readonly ports: readonly object[] }];
      };
    };
  };
}

const rendered = async (...args: Parameters<typeof kustomize>) => parseManifests(await kustomize(...args));
const release = await rendered({ resources: ["overlays/release"] });
const reloader = await rendered({ resources: ["overlays/reloader"], components: ["components/service-monitor"] });
const kindsOf = (objects: readonly KubeObject[]) => objects.map(({ kind }) => kind).sort();
const rulesOf = (objects: readonly KubeObject[], kind: string) =>
  manifest<Role>(objects, kind, "restamp-controller").rules;

/** `get deployments.apps`, … */
const abilities = (rules: readonly Rule[]): readonly string[] =>
  rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((each) => verbs.map((verb) => `${verb} ${each}.${group}`))),
    )
    .sort();

t.test("overlays/reloader is one Deployment that runs `restamp reloader`, without a webhook", async (t) => {
  t.same(kindsOf(reloader), [
    ...["ClusterRole", "ClusterRoleBinding", "Deployment", "Namespace", "NetworkPolicy", "PodDisruptionBudget"],
    ...["PodMonitor", "Role", "RoleBinding", "ServiceAccount"],
  ]);
  const { spec } = manifest<Deployment>(reloader, "Deployment");
  const [{ args, ports }] = spec.template.spec.containers;
  t.same(args, ["reloader", "--enable-ha"]);
  t.equal(spec.replicas, 2, "which takes a leader");
  t.match(ports, [{ name: "ops", containerPort: 9090 }], "where Reloader's metrics are");
  interface PodMonitor extends KubeObject {
    readonly spec: {
      readonly selector: { readonly matchLabels: object };
      readonly podMetricsEndpoints: readonly object[];
    };
  }
  const { selector, podMetricsEndpoints } = manifest<PodMonitor>(reloader, "PodMonitor").spec;
  t.match(spec.template.metadata.labels, selector.matchLabels);
  t.match(podMetricsEndpoints, [{ port: "ops", path: "/metrics" }]);
});

t.test("overlays/reloader differs from the release by what it is told and may do, not by how it runs", async (t) => {
  const alike = (objects: readonly KubeObject[]) => {
    const { spec } = manifest<Deployment>(objects, "Deployment", "restamp-controller");
    const { template } = spec;
    const containers = template.spec.containers.map((container) => ({ ...container, args: [] }));
    return { ...spec, template: { ...template, spec: { ...template.spec, containers } } };
  };
  t.same(alike(reloader), alike(release));
});

t.test("overlays/reloader grants what Reloader's defaults need, and names the Lease that they name", async (t) => {
  const granted = abilities(rulesOf(reloader, "ClusterRole"));
  const isOn = (name: string): boolean => {
    const row: OptionRow | undefined = optionTable.find((each) => each.name === name);
    return (row?.reloader?.default ?? row?.default) === "true";
  };
  const { all } = createWorkloadKinds({
    argoRollouts: isOn("argo-rollouts"),
    deploymentConfigs: isOn("deployment-configs"),
  });
  const followed = all.flatMap(({ resource, group }) =>
    ["get", "list", "watch"].map((verb) => `${verb} ${resource}.${group}`),
  );
  t.same(
    followed.filter((ability) => !granted.includes(ability)),
    [],
    "it follows every kind",
  );
  t.notMatch(granted.join(), /namespaces|rollouts|secretproviderclasses|\*/, "what is off by default is not granted");
  const writes = granted.filter((ability) => !/^(get|list|watch) /.test(ability));
  t.same(writes, [
    ...["create events.events.k8s.io", "create jobs.batch", "delete jobs.batch", "patch daemonsets.apps"],
    ...["patch deploymentconfigs.apps.openshift.io", "patch deployments.apps", "patch events.events.k8s.io"],
    "patch statefulsets.apps",
  ]);
  const leases = rulesOf(reloader, "Role").flatMap(({ resources, resourceNames }) =>
    resources.includes("leases") ? (resourceNames ?? []) : [],
  );
  const lease = optionTable.find(({ name }) => name === "lease-name");
  t.match(lease, { reloader: { default: leases[0] } });
  t.equal(leases.length, 1);
});

for (const { title, objects } of [
  { title: "reloader", objects: reloader },
  { title: "controller", objects: release },
]) {
  t.test(`scoped/${title} grants in a namespace what the ClusterRole grants everywhere`, async (t) => {
    const scoped = await rendered({ resources: [`scoped/${title}`], namespace: "team-a" });
    t.same(kindsOf(scoped), ["Role", "RoleBinding"]);
    for (const { metadata } of scoped) t.equal(metadata.namespace, "team-a");
    t.match(manifest(scoped, "RoleBinding"), {
      roleRef: { kind: "Role", name: "restamp-controller" },
      subjects: [{ kind: "ServiceAccount", name: "restamp-controller", namespace: "restamp-system" }],
    });
    const isOfNamespaces = (ability: string): boolean => ability.endsWith(" namespaces.");
    const [here, everywhere] = [abilities(rulesOf(scoped, "Role")), abilities(rulesOf(objects, "ClusterRole"))];
    t.same(
      here.filter((ability) => !isOfNamespaces(ability)),
      everywhere.filter((ability) => !isOfNamespaces(ability)),
    );
    // A Namespace can be read by a Role in it, and not be listed.
    const reads = everywhere.some(isOfNamespaces) ? ["get namespaces."] : [];
    t.same(here.filter(isOfNamespaces), reads);
  });
}

t.test("components/scoped leaves no rights on the cluster", async (t) => {
  for (const resources of [["overlays/reloader"], ["base/controller"]]) {
    const objects = await rendered({ resources, components: ["components/scoped"] });
    t.notOk(objects.some(({ kind }) => kind.startsWith("ClusterRole")));
    t.ok(
      objects.some(({ kind }) => kind === "Role"),
      "those in its own namespace stay",
    );
  }
});

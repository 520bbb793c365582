import t from "tap";
import { readSourceFacts, readWorkloadFacts } from "../../../src/core/comparison-facts.ts";
import { createReloaderDialect, reloaderKeys } from "../../../src/core/dialects/reloader.ts";
import { createWorkloadKinds } from "../../../src/core/workload-kinds.ts";

const dialect = createReloaderDialect("reloader", reloaderKeys, { autoReloadAll: false });
const [kind] = createWorkloadKinds().all;
if (kind === undefined) throw new Error("There are no kinds");

function read(annotations: Readonly<Record<string, string>>) {
  const container = { name: "main", envFrom: [{ configMapRef: { name: "app" } }, { secretRef: { name: "db" } }] };
  const write = (manager: string, field: string) => ({
    manager,
    time: "2026-09-17T10:00:00Z",
    fieldsV1: { "f:spec": { [field]: { "f:spec": {} } } },
  });
  const managedFields = [
    write("kubectl", "f:template"),
    write("Reloader", "f:template"),
    write("scaler", "f:replicas"),
  ];
  const metadata = {
    name: "web",
    namespace: "shop",
    annotations,
    creationTimestamp: "2026-09-17T09:00:00Z",
    managedFields,
  };
  // Sound: readWorkloadFacts() reads whatever there is.
  return readWorkloadFacts(
    kind as never,
    { metadata, spec: { template: { spec: { containers: [container] } } } },
    dialect,
  );
}

const app = { kind: "ConfigMap", name: "app" } as const;
const db = { kind: "Secret", name: "db" } as const;
const other = { kind: "Secret", name: "other" } as const;

const cases = [
  { title: "nothing", annotations: {}, asked: [], counts: [] },
  {
    title: "auto",
    annotations: { "reloader.stakater.com/auto": "true" },
    asked: [app, db, other],
    counts: ["configmap/app", "secret/db"],
  },
  {
    title: "one kind",
    annotations: { "secret.reloader.stakater.com/auto": "true" },
    asked: [db, other],
    counts: ["secret/db"],
  },
  {
    title: "a name",
    annotations: { "secret.reloader.stakater.com/reload": "other" },
    asked: [other],
    counts: ["secret/other"],
  },
  {
    title: "an exclusion",
    annotations: { "reloader.stakater.com/auto": "true", "secrets.exclude.reloader.stakater.com/reload": "db" },
    asked: [app, other],
    counts: ["configmap/app"],
  },
  {
    title: "restamp's own word",
    annotations: { "restamp.dev/enabled": "true" },
    asked: [],
    counts: ["configmap/app", "secret/db"],
  },
];
for (const { title, annotations, asked, counts } of cases) {
  t.test(`readWorkloadFacts() knows what is asked for by ${title}`, async (t) => {
    const facts = read(annotations);
    if (facts.is !== "present") throw new Error(facts.is);
    t.same([app, db, other].filter(facts.isAskedOfReloader), asked);
    t.same([...facts.references.sources.keys()], counts);
  });
}

t.test("readWorkloadFacts() knows what Reloader sees", async (t) => {
  const facts = read({ "secret.reloader.stakater.com/reload": "named" });
  if (facts.is !== "present") throw new Error(facts.is);
  t.ok(facts.isSeenByReloader(app));
  t.notOk(facts.isSeenByReloader(other));
  t.ok(facts.isSeenByReloader({ kind: "Secret", name: "named" }), "what is named needs no container");
});

t.test("readWorkloadFacts() knows when others wrote the template", async (t) => {
  t.match(read({}), {
    createdAt: Date.parse("2026-09-17T09:00:00Z"),
    deployedAt: [Date.parse("2026-09-17T10:00:00Z")],
    template: [app, db],
  });
});

t.test("readSourceFacts() reads metadata alone", async (t) => {
  const metadata = { name: "app", creationTimestamp: "2026-09-17T10:00:00Z" };
  t.same(readSourceFacts({ metadata }), { is: "present", createdAt: Date.parse(metadata.creationTimestamp) });
});

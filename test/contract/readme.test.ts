import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import t from "tap";
import { keys } from "../../src/core/dialects/restamp.ts";
import { stampAnnotation } from "../../src/core/stamp.ts";
import { workloadKinds } from "../../src/core/workload-kinds.ts";
import { createControllerMetrics } from "../../src/observe/controller-metrics.ts";
import { createMetricsRegistry, type MetricsRegistry } from "../../src/observe/metric.ts";
import { registerBuildInfo } from "../../src/observe/metrics.ts";
import { createWebhookMetrics } from "../../src/observe/webhook-metrics.ts";
import { flagsOf } from "../../src/options/flags.ts";
import { environmentName } from "../../src/options/option-row.ts";
import { standardFlags } from "../../src/options/read-arguments.ts";
import { optionTable } from "../../src/options/table.ts";
import { checkout, sourceFiles, sourceText } from "../helpers/source-imports.ts";

// Documents tell nothing that is not there. That the option tables are right is in options.test.ts.

const documents = sourceFiles(["*.md", "manifests/*.md", "certs/*.md", "test/controlplane/*.md"]);
const readme = sourceText("README.md");
const { scripts } = JSON.parse(sourceText("package.json")) as { scripts: Record<string, string> };

/** Flags of other programs that the documents name. */
const foreignFlags: Readonly<Record<string, readonly string[]>> = {
  kubectl: ["--field-selector", "--ignore-not-found", "--replicas", "--watch"],
  wave: ["--sync-period", "--update-burst", "--update-rate"],
  npm: ["--", "--exit", "--jobs", "--bail", "--quick", "--quick-soak", "--only", "--profile", "--peer"],
  "kube-apiserver": ["--event-ttl", "--watch-cache"],
  docker: ["--build-arg", "--tag"],
  "certs/main.ts": ["--out", "--force"],
  "test/controlplane/main.ts": ["--core"],
  tap: ["--disable-coverage"],
  node: ["--cpu-prof", "--inspect", "--enable-source-maps"],
  "build.ts": ["--sourcemap", "--outdir"],
};

const testVariables = ["RESTAMP_TEST_KUBECONFIG", "RESTAMP_CONTROLPLANE_CACHE"];
const metrics = await metricNames();

t.test("README.md has both commands on its first screen, and they exist", async (t) => {
  const firstScreen = readme.split("\n").slice(0, 50).join("\n");
  for (const name of ["demo", "test"]) {
    t.match(firstScreen, new RegExp(`^ +npm ci && npm (run )?${name}\\b`, "m"), name);
    t.ok(scripts[name], `package.json has the script "${name}"`);
  }
});

for (const file of documents) {
  const text = sourceText(file);

  t.test(`${file} names scripts that exist`, async (t) => {
    const named = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = ""]) => name);
    t.strictSame(
      named.filter((name) => scripts[name] === undefined),
      [],
    );
  });

  t.test(`${file} names flags, variables and metrics that exist`, async (t) => {
    const known = new Set([
      ...optionTable.flatMap(({ name, type }) => (type === "boolean" ? [name, `no-${name}`] : [name])),
      ...standardFlags.map(({ name }) => name),
      ...flagsOf("reloader").keys(),
    ]);
    const foreign = new Set(Object.values(foreignFlags).flat());
    const flags = [...text.matchAll(/(?<![\w-])--([a-z][A-Za-z0-9-]*)/g)].map(([flag, name = ""]) => ({ flag, name }));
    t.strictSame(
      flags.filter(({ flag, name }) => !known.has(name) && !foreign.has(flag)).map(({ flag }) => flag),
      [],
    );
    const variables = new Set<string>(optionTable.map(environmentName));
    t.strictSame(
      (text.match(/\bRESTAMP_[A-Z_]+\b/g) ?? []).filter(
        (name) => !variables.has(name) && !testVariables.includes(name),
      ),
      [],
    );
    t.strictSame(
      (text.match(/\brestamp_[a-z_]+\b/g) ?? []).filter(
        (name) => !metrics.has(name.replace(/_(bucket|sum|count)$/, "")),
      ),
      [],
    );
  });

  t.test(`${file} names labels and annotations that are read`, async (t) => {
    // Who reports an Event is written in the same way.
    const known = new Set<string>([...Object.values(keys), stampAnnotation, "restamp.dev/controller"]);
    t.strictSame(
      (text.match(/\brestamp\.dev\/[a-z-]+/g) ?? []).filter((key) => !known.has(key)),
      [],
    );
  });

  t.test(`${file} links to files and headings that exist`, async (t) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    for (const [link, path = "", heading] of links) {
      const target = path === "" ? file : join(dirname(file), path);
      if (!t.ok(existsSync(join(checkout, target)), link) || heading === undefined) continue;
      t.ok(headings(sourceText(target)).includes(heading), `${link}: there is such a heading`);
    }
  });
}

t.test("README.md has every label and annotation, and every metric", async (t) => {
  t.strictSame(
    [...Object.values(keys), stampAnnotation, ...metrics].filter((name) => !readme.includes(name)),
    [],
  );
});

t.test("README.md says nothing about a version that CHANGELOG.md does not have", async (t) => {
  const { version } = JSON.parse(sourceText("package.json")) as { version: string };
  t.match(sourceText("CHANGELOG.md"), new RegExp(`^## ${version.replaceAll(".", "\\.")}\\b`, "m"));
});

/** What both processes serve under a name of ours. */
async function metricNames(): Promise<Set<string>> {
  const controllerMetrics = (registry: MetricsRegistry) => createControllerMetrics(registry, workloadKinds);
  const registries = [controllerMetrics, createWebhookMetrics].map((create) => {
    const registry = createMetricsRegistry({ processMetrics: false });
    create(registry);
    registerBuildInfo(registry, { version: "0", node: "0" });
    return registry;
  });
  const texts = await Promise.all(registries.map((registry) => registry.render()));
  return new Set(texts.flatMap((text) => [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = ""]) => name)));
}

/** As GitHub makes them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

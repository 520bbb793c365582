import { dirname } from "node:path";
import t from "tap";
import { importsOf, readImports, type SourceImport, sourceFiles, sourceText } from "../helpers/source-imports.ts";

/**
 * What each layer may import, a part of Node or a package included; `node:` stands for every part of Node. Itself is always
 * allowed. A layer is a folder with all that is in it; a folder or file with a row of its own is one too.
 */
const layers: Readonly<Record<string, { readonly values: readonly string[]; readonly types?: readonly string[] }>> = {
  // Pure: values in, values out.
  "src/core": { values: ["node:crypto", "re2js"] },
  "src/kube": { values: ["src/core", "@kubernetes/client-node", "node:"] },
  "src/observe": { values: ["src/core", "pino", "prom-client"] },
  "src/runtime": { values: ["src/core", "fastify", "node:"] },
  "src/options": { values: ["src/core", "node:"] },
  "src/alerts": { values: ["src/core", "node:"] },
  "src/manifests": { values: ["src/core"] },
  certs: { values: ["node-forge", "node:"] },
  "certs/main.ts": { values: ["certs", "node:"] },
  webhook: { values: ["src/core", "src/kube", "certs", "fastify", "node:"], types: ["src/observe"] },
  controller: { values: ["src/core", "src/kube", "certs", "node:"] },
  compare: { values: ["src/core", "src/kube"] },
  // Where things are connected.
  "src/version.ts": { values: ["node:fs"] },
  "src/commands.ts": { values: [] },
  "src/frame.ts": { values: ["src/observe", "src/runtime"], types: ["src/core", "src/options"] },
  "src/command-line.ts": {
    values: ["src/commands.ts", "src/core", "src/frame.ts", "src/options", "src/runtime"],
  },
  "webhook/main.ts": {
    values: ["webhook", "src/core", "src/kube", "src/observe", "src/runtime"],
    types: ["src/frame.ts", "src/options"],
  },
  "controller/main.ts": {
    values: [
      "controller",
      "controller/outgoing.ts",
      "controller/own-objects.ts",
      "controller/measuring.ts",
      "src/core",
      "src/kube",
    ],
    types: ["src/frame.ts", "src/options"],
  },
  "controller/own-objects.ts": {
    values: ["controller", "src/core", "src/kube"],
    types: ["src/frame.ts", "src/options"],
  },
  "controller/outgoing.ts": { values: ["src/alerts"], types: ["controller", "src/core", "src/observe", "src/options"] },
  "controller/measuring.ts": { values: ["src/observe"], types: ["controller", "src/core", "src/kube"] },
  "compare/main.ts": { values: ["compare", "src/core", "src/kube", "node:"], types: ["src/options"] },
  "src/main.ts": {
    values: [
      ...["src/command-line.ts", "src/version.ts", "src/kube", "src/manifests", "src/options"],
      ...["webhook/main.ts", "controller/main.ts", "compare/main.ts"],
    ],
  },
};

/** What only some files may say. */
const fences = [
  // The proxies of the environment are for Node's client, which reads them by itself.
  {
    what: /\bprocess\.(env|argv)\b/,
    only: ["src/options/process-input.ts", "certs/main.ts", "src/alerts/endpoint.ts"],
  },
  { what: /\bprocess\.(exit|on|once)\(/, only: ["src/runtime/stop-request.ts", "src/main.ts"] },
  { what: /\bprocess\.(stdout|stderr)\b/, only: ["src/options/process-input.ts", "src/main.ts", "certs/main.ts"] },
  { what: /\bsetInterval\(/, notIn: "src/core" },
  { what: /\b(Date\.now|setTimeout|Math\.random|performance\.now)\(|new Date\(\)/, notIn: "src/core" },
  { what: /\b(log|logger)\.(debug|info|warn|error)\(/, notIn: "src/core" },
];

const files = sourceFiles(["src/**/*.ts", "webhook/**/*.ts", "controller/**/*.ts", "compare/**/*.ts", "certs/**/*.ts"]);

t.test("every source file belongs to a layer", async (t) => {
  t.strictSame(
    files.filter((file) => layerOf(file) === undefined),
    [],
  );
});

t.test("layers import what lies below them only", async (t) => {
  t.strictSame(
    files.flatMap((file) => importsOf(file).filter(isForbidden).map(describe)),
    [],
  );
});

t.test("every edge of the table is used", async (t) => {
  const used = files.flatMap(importsOf).map(({ from, to }) => `${layerOf(from)} -> ${layerOf(to) ?? to}`);
  const isUsed = (layer: string, allowed: string): boolean =>
    used.some(
      (edge) => edge === `${layer} -> ${allowed}` || (allowed === "node:" && edge.startsWith(`${layer} -> node:`)),
    );
  const unused = Object.entries(layers).flatMap(([layer, { values, types = [] }]) =>
    [...values, ...types].filter((allowed) => !isUsed(layer, allowed)).map((allowed) => `${layer} -> ${allowed}`),
  );
  t.strictSame(unused, [], "remove it from the table");
});

t.test("the rules see a planted import", async (t) => {
  const planted = [
    { from: "controller/engine.ts", text: 'import { createMutate } from "../webhook/mutate.ts";' },
    { from: "webhook/mutate.ts", text: 'import type { Engine } from "../controller/engine.ts";' },
    { from: "src/core/stamp.ts", text: 'import { readFile } from "node:fs";' },
    { from: "src/options/load.ts", text: 'import {\n  KubeConfig,\n} from "@kubernetes/client-node";' },
    { from: "src/core/stamp.ts", text: 'const { pino } = await import("pino");' },
    { from: "webhook/mutate.ts", text: 'import { createMetric } from "../src/observe/metric.ts";' },
  ];
  for (const { from, text } of planted) t.ok(readImports(from, text).some(isForbidden), text);
});

for (const { what, only = [], notIn } of fences) {
  t.test(`${what.source} is ${notIn === undefined ? `in ${only.join(", ")} only` : `not in ${notIn}`}`, async (t) => {
    const fenced = files.filter((file) => (notIn === undefined ? !only.includes(file) : file.startsWith(notIn)));
    t.strictSame(
      fenced.filter((file) => what.test(withoutComments(sourceText(file)))),
      [],
    );
    for (const file of only) t.match(sourceText(file), what, "the exception is needed");
  });
}

/** The row of the table for a file of ours, or `undefined`. */
function layerOf(file: string): string | undefined {
  if (!file.endsWith(".ts")) return undefined;
  for (let path = file; path !== "."; path = dirname(path)) if (path in layers) return path;
  return undefined;
}

function isForbidden({ from, to, typeOnly }: SourceImport): boolean {
  const layer = layerOf(from) ?? "";
  const target = layerOf(to) ?? to;
  const { values = [], types = [] } = layers[layer] ?? {};
  const allowed = typeOnly ? [...values, ...types] : values;
  // A type of Node's or of a package that a layer may use leaves nothing behind; others would still tie it to the package.
  const isNodeType = typeOnly && target.startsWith("node:");
  if (target === layer || isNodeType) return false;
  return !allowed.some((each) => target === each || (each === "node:" && target.startsWith(each)));
}

function describe({ from, to, typeOnly }: SourceImport): string {
  return `${from} imports ${typeOnly ? "types of " : ""}${to}`;
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*\*?[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { checkout, sourceFiles } from "../helpers/source-imports.ts";

/** Source files without a test of their own, by the reason. What a reason names as a test must exist. */
const exceptions: readonly { readonly because: string; readonly files: readonly string[] }[] = [
  {
    because: "types and constants, nothing to run",
    files: [
      "src/core/ports.ts",
      "src/core/errors.ts",
      "src/core/dialects/dialect.ts",
      "src/kube/reflector-options.ts",
      "src/options/given.ts",
      "src/runtime/exit-codes.ts",
      "controller/reconciler-deps.ts",
    ],
  },
  {
    because: "rows of the option table: test/src/options/table.test.ts and test/contract/options.test.ts check each",
    files: [
      "src/options/alert-options.ts",
      "src/options/annotation-options.ts",
      "src/options/certificate-options.ts",
      "src/options/common-options.ts",
      "src/options/compare-options.ts",
      "src/options/compatibility-options.ts",
      "src/options/controller-options.ts",
      "src/options/metric-options.ts",
      "src/options/restart-options.ts",
      "src/options/scope-options.ts",
      "src/options/webhook-options.ts",
    ],
  },
  {
    because: "connects what is tested elsewhere: test/bin/restamp.test.ts and every test in test/e2e start it",
    files: ["src/main.ts", "src/options/process-input.ts", "controller/main.ts", "controller/own-objects.ts"],
  },
  {
    because: "the reflector in parts: test/src/kube/reflector.test.ts and watch-session.test.ts test them together",
    files: ["src/kube/reflector-state.ts", "src/kube/watched-requests.ts"],
  },
  {
    because:
      "leader election in parts: test/controller/leader-election.test.ts tests them together on a real API server",
    files: ["src/kube/lease-client.ts", "controller/lease-hold.ts"],
  },
  {
    because: "the engine in parts: test/controller/engine.test.ts and the promises in test/e2e test them together",
    files: [
      "controller/advance.ts",
      "controller/controller.ts",
      "controller/examination.ts",
      "controller/followed-sources.ts",
      "controller/remembered-actions.ts",
      "controller/rollout.ts",
      "controller/source-reader.ts",
      "controller/source-store.ts",
      "controller/stamp-action.ts",
      "controller/workers.ts",
      "controller/workload-store.ts",
    ],
  },
  {
    because: "the comparison in parts: test/compare/main.test.ts tests them together on a real API server",
    files: ["compare/cluster-facts.ts", "compare/collect.ts", "compare/comparison-report.ts"],
  },
  {
    because: "calls to the API server and little else: the promises in test/e2e would not hold without them",
    files: ["controller/digest-key-keeper.ts"],
  },
  {
    because: "asked by one file alone: test/controller/version-sequences.test.ts tests them together",
    files: ["controller/version-probe.ts"],
  },
  { because: "a tool of the project, whose result test/contract/options.test.ts checks", files: ["docs.ts"] },
];

const sources = sourceFiles(["*.ts", "{src,webhook,controller,compare,certs}/**/*.ts"]);
const excepted = exceptions.flatMap(({ files }) => files);

t.test("every source file has a test in its place, or a reason why not", async (t) => {
  const untested = sources.filter((file) => !hasTest(file) && !excepted.includes(file));
  t.strictSame(untested, [], "write test/<path>.test.ts, or add the file to the exceptions");
});

t.test("every exception is one", async (t) => {
  t.strictSame(
    excepted.filter((file) => hasTest(file) || !sources.includes(file)),
    [],
    "remove it from the exceptions",
  );
  const named = exceptions.flatMap(({ because }) => because.match(/test\/[\w/-]+(\.test\.ts)?/g) ?? []);
  t.strictSame(
    named.filter((path) => !existsSync(join(checkout, path))),
    [],
  );
});

t.test("every test in a mirrored folder has its source file", async (t) => {
  const mirrored = sourceFiles(["test/{src,webhook,controller,compare,certs}/**/*.test.ts"]);
  t.strictSame(
    mirrored.filter((file) => !sources.some((source) => isTestOf(file, source))),
    [],
  );
});

/** `test/webhook/mutate.test.ts` and `test/webhook/mutate-scope.test.ts` are both tests of `webhook/mutate.ts`. */
function isTestOf(file: string, source: string): boolean {
  const path = `test/${source.replace(/\.ts$/, "")}`;
  return file === `${path}.test.ts` || file.startsWith(`${path}-`);
}

function hasTest(file: string): boolean {
  return existsSync(join(checkout, "test", file.replace(/\.ts$/, ".test.ts")));
}

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
      "src/core/source-state.ts",
      "src/core/workload-kinds.ts",
      "src/kube/reflector-options.ts",
      "src/runtime/exit-codes.ts",
      "controller/reconciler-deps.ts",
    ],
  },
  {
    because: "rows of the option table: test/src/options/table.test.ts and test/contract/options.test.ts check each",
    files: [
      "src/options/certificate-options.ts",
      "src/options/common-options.ts",
      "src/options/controller-options.ts",
      "src/options/webhook-options.ts",
    ],
  },
  {
    because: "connects what is tested elsewhere: test/bin/restamp.test.ts and every test in test/e2e start it",
    files: ["src/main.ts", "src/options/process-input.ts", "controller/main.ts"],
  },
  { because: "a tool of the project, whose result test/contract/options.test.ts checks", files: ["docs.ts"] },
];

const sources = sourceFiles(["*.ts", "{src,webhook,controller,certs}/**/*.ts"]);
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
  const mirrored = sourceFiles(["test/{src,webhook,controller,certs}/**/*.test.ts"]);
  t.strictSame(
    mirrored.filter((file) => !sources.includes(file.replace(/^test\//, "").replace(/\.test\.ts$/, ".ts"))),
    [],
  );
});

function hasTest(file: string): boolean {
  return existsSync(join(checkout, "test", file.replace(/\.ts$/, ".test.ts")));
}

// npm test: makes sure that the control plane is built, bundles restamp as for the image, then runs the test suite.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildParts, cacheFolder } from "./controlplane/build.ts";
import { controlPlaneModules, type ModuleName } from "./controlplane/modules.ts";
import { checkout, loadedFiles } from "./helpers/source-imports.ts";
import { listTestFiles, runTap, type TapOptions } from "./suite/run-tap.ts";

/**
 * What they promise is a time by the clock, or how much memory a process takes, with the machine to itself: they run after
 * all others, one at a time.
 */
const alone: readonly string[] = ["test/e2e/nothing-lost-handover.test.ts", "test/e2e/memory.test.ts"];

const help = `Runs the tests, against a real Kubernetes control plane where they need one.

Usage:
  npm test                                    everything
  npm test -- test/src test/webhook           test files or folders
  npm test -- test/e2e/one-rollout.test.ts
  npm test -- --jobs=1 --bail                 options of tap, written --name=value: "npx tap --help"

Environment:
  RESTAMP_CONTROLPLANE_CACHE   folder of the built control plane (now: ${cacheFolder()})
  RESTAMP_TEST_KUBECONFIG      a cluster made for tests, to be used instead of own control planes
  KUBEBUILDER_ASSETS           folder with kube-apiserver, etcd and kubectl, to be used instead of building them

The first run builds the control plane, which takes 10 to 20 minutes on two cores and needs Go 1.26.
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(help);
    return 0;
  }
  const files = await listTestFiles(args);
  if (files.length === 0) {
    process.stderr.write(`Cannot test: no test file matches ${args.map((arg) => `"${arg}"`).join(" ")}\n`);
    return 1;
  }
  const loaded = loadedFiles(files);
  if (loaded.has("test/controlplane/build.ts") && !(await prepareControlPlane())) return 1;
  const bundle = loaded.has("test/helpers/install.ts") ? await bundleRestamp() : undefined;
  process.stdout.write(`Running ${files.length} test files ...\n`);
  try {
    const options = args.filter((arg) => arg.startsWith("-"));
    return await runInTurn(options, { files, env: { ...process.env, ...bundle?.env } });
  } finally {
    if (bundle !== undefined) rmSync(bundle.folder, { recursive: true, force: true });
  }
}

/** The first exit code that is not 0; a run that was interrupted is the last. */
async function runInTurn(args: readonly string[], { files, env }: TapOptions): Promise<number> {
  const runs = [
    { args, files: files.filter((file) => !alone.includes(file)) },
    { args: [...args, "--jobs=1"], files: files.filter((file) => alone.includes(file)) },
  ].filter((run) => run.files.length > 0);
  let code = 0;
  for (const run of runs) {
    const ended = await runTap(run.args, { files: run.files, env });
    code ||= ended;
    if (ended > 128) break;
  }
  return code;
}

/** What the image has is what the end-to-end tests run. */
async function bundleRestamp() {
  process.stdout.write("Bundling restamp ...\n");
  const folder = mkdtempSync(join(tmpdir(), "restamp-bundle-"));
  await promisify(execFile)(process.execPath, ["build.ts", "--outdir", folder], { cwd: checkout });
  return { folder, env: { RESTAMP_TEST_ENTRY: join(folder, "restamp.js") } };
}

/** Builds what is not in the cache; a build inside of a test would run into its limit. */
async function prepareControlPlane(): Promise<boolean> {
  // Of a named cluster only kubectl is not there.
  const isNamed = Boolean(process.env["RESTAMP_TEST_KUBECONFIG"]);
  const modules = isNamed ? (["kubernetes"] as const) : (Object.keys(controlPlaneModules) as ModuleName[]);
  process.stdout.write(`Preparing the control plane in ${cacheFolder()} ...\n`);
  try {
    await buildParts(modules, { progress: (line) => void process.stdout.write(`${line}\n`) });
    return true;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return false;
  }
}

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type ControlPlaneModule,
  controlPlaneModules,
  type ModuleName,
  moduleFolder,
  moduleVersion,
} from "./modules.ts";

const heartbeatMs = 10_000;
const keptOutput = 4_000;

// No C compiler and no workspace file may change what is built. Without cgo, a compiler without its headers is no harm.
const environment = { CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=readonly" };

/** Arguments of `go build` and the environment it runs in, as far as they shape the binaries. */
export function buildFlags(name: ModuleName): readonly string[] {
  const module = controlPlaneModules[name];
  const variables = module.linkVariables?.(moduleVersion(module).slice(1)) ?? {};
  const link = ["-s", "-w", ...Object.entries(variables).map(([variable, value]) => `-X ${variable}=${value}`)];
  const set = Object.entries(environment).map(([variable, value]) => `${variable}=${value}`);
  return [...set, "-trimpath", "-buildvcs=false", `-ldflags=${link.join(" ")}`, module.target];
}

/**
 * Builds a module into `folder`: the binaries in `bin/`, files of the upstream source in `assets/`. Reports a line at
 * the start, every 10 s and at the end. Fails with what to do if Go is missing or too old.
 */
export async function buildModule(
  name: ModuleName,
  options: { readonly folder: string; readonly progress: (line: string) => void },
): Promise<void> {
  const module = controlPlaneModules[name];
  const what = `${module.title} ${moduleVersion(module)}`;
  const go = await checkedGo(name);
  options.progress(`Building ${what} (first run only, ${module.firstBuild} on two cores) ...`);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1_000);
  const heartbeat = setInterval(() => options.progress(`Building ${what}: ${seconds()} s`), heartbeatMs);
  try {
    const made = join(options.folder, "made");
    await mkdir(made, { recursive: true });
    const flags = buildFlags(name).filter((flag) => flag.startsWith("-"));
    await runGo(name, ["build", ...flags, "-o", `${made}/`, module.target]);
    await keepBinaries(module, { made, bin: join(options.folder, "bin") });
    await keepAssets(module, join(options.folder, "assets"));
    await writeFile(join(options.folder, "built-with"), `${go}\n`);
  } finally {
    clearInterval(heartbeat);
  }
  options.progress(`Built ${what} in ${seconds()} s`);
}

async function keepBinaries(module: ControlPlaneModule, folders: { made: string; bin: string }): Promise<void> {
  await mkdir(folders.bin);
  for (const [binary, made] of Object.entries(module.binaries)) {
    await rename(join(folders.made, made), join(folders.bin, binary));
  }
  await rm(folders.made, { recursive: true });
}

async function keepAssets(module: ControlPlaneModule, folder: string): Promise<void> {
  const { assets } = module;
  if (assets === undefined) return;
  // A module of which only packages were needed may be in the cache in part of its builds only.
  await runGo(module.name, ["mod", "download", assets.from]);
  const source = (await runGo(module.name, ["list", "-m", "-f", "{{.Dir}}", assets.from])).trim();
  await mkdir(folder);
  let count = 0;
  for (const part of assets.folders) {
    for (const file of readdirSync(join(source, part)).sort()) {
      if (!assets.files.test(file)) continue;
      await copyFile(join(source, part, file), join(folder, `${String(count).padStart(2, "0")}-${file}`));
      count += 1;
    }
  }
}

/** Version of Go, such as "go1.26.8", after a check that it can build the module. */
async function checkedGo(name: ModuleName): Promise<string> {
  try {
    return (await runGo(name, ["env", "GOVERSION"])).trim();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const state = missing ? 'there is no "go" in PATH' : (error as Error).message;
    throw new Error(
      `Cannot build the control plane: ${state}: install Go 1.26 or newer and put it into PATH, ` +
        "or name the folder of a finished cache in RESTAMP_CONTROLPLANE_CACHE",
      { cause: error },
    );
  }
}

/** Runs Go in the module's folder and returns what it printed. */
function runGo(name: ModuleName, args: readonly string[]): Promise<string> {
  return new Promise((fulfill, reject) => {
    const child = spawn("go", args, {
      cwd: moduleFolder(name),
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let problems = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      problems = (problems + chunk).slice(-keptOutput);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) fulfill(output);
      else
        reject(
          new Error(`"go ${args[0]}" failed in module "${name}" (${signal ?? `code ${code}`}): ${problems.trim()}`),
        );
    });
  });
}

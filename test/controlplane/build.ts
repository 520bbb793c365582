import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { withBuildLock } from "./build-lock.ts";
import { buildFlags, buildModule } from "./go-build.ts";
import { controlPlaneModules, type ModuleName, moduleFolder } from "./modules.ts";

/** What `buildParts` made or found. */
export interface BuiltParts {
  /** Absolute path of each binary, by its name, such as "kubectl". */
  readonly binaries: Readonly<Record<string, string>>;
  /** Absolute paths of the YAML files that came with a module (CRDs, KWOK stages), in order. */
  readonly assets: Readonly<Partial<Record<ModuleName, readonly string[]>>>;
}

/** How to build; everything has a default. */
export interface BuildOptions {
  /** Folder of the cache. @default see {@link cacheFolder} */
  readonly cache?: string;
  /** Takes each line of progress. @default standard error */
  readonly progress?: (line: string) => void;
}

/**
 * Makes sure that the binaries of `names` exist and returns their paths. Each module is built once and kept in the
 * cache, keyed by its sources and flags; a warm cache needs neither Go nor a network. Several processes may call this
 * at once. A binary that the folder named by `KUBEBUILDER_ASSETS` has is taken from there.
 */
export async function buildParts(names: readonly ModuleName[], options: BuildOptions = {}): Promise<BuiltParts> {
  const cache = options.cache ?? cacheFolder();
  const progress = options.progress ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const binaries: Record<string, string> = {};
  const assets: Partial<Record<ModuleName, readonly string[]>> = {};
  for (const name of new Set(names)) {
    const given = givenBinaries(name);
    if (given !== undefined) {
      Object.assign(binaries, given);
      continue;
    }
    const folder = await ensureModule(name, { cache, progress });
    for (const binary of Object.keys(controlPlaneModules[name].binaries))
      binaries[binary] = join(folder, "bin", binary);
    assets[name] = assetsOf(folder);
  }
  return { binaries, assets };
}

/** Where the binaries are kept: `RESTAMP_CONTROLPLANE_CACHE`, else `restamp/controlplane` in the user's cache folder. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const own = environment["RESTAMP_CONTROLPLANE_CACHE"];
  if (own) return resolve(own);
  return join(environment["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "restamp", "controlplane");
}

/** Name of the cached folder of a module: changes with its sources, its build flags, the system and the processor. */
export function cacheKey(name: ModuleName): string {
  // Go's own version is left out: pinned sources behave the same, a patch release of Go must not cost everybody a
  // build of ten minutes, and a warm cache works without Go.
  const hash = createHash("sha256").update(JSON.stringify([process.platform, process.arch, buildFlags(name)]));
  const folder = moduleFolder(name);
  for (const file of readdirSync(folder).sort()) {
    hash.update(JSON.stringify([file, readFileSync(join(folder, file), "utf8")]));
  }
  return `${name}-${hash.digest("hex").slice(0, 16)}`;
}

async function ensureModule(name: ModuleName, context: Required<BuildOptions>): Promise<string> {
  const key = cacheKey(name);
  const folder = join(context.cache, key);
  if (existsSync(folder)) return folder;
  await mkdir(context.cache, { recursive: true });
  const { title } = controlPlaneModules[name];
  await withBuildLock({ file: `${folder}.lock`, title, progress: context.progress }, async () => {
    if (existsSync(folder)) return;
    await removeLeftovers(context.cache, key);
    const scratch = join(context.cache, `.${key}.${randomBytes(4).toString("hex")}`);
    try {
      await buildModule(name, { folder: scratch, progress: context.progress });
      // The folder appears complete or not at all, so its existence is all that readers check.
      await rename(scratch, folder);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
  return folder;
}

/** Only the holder of the lock builds this key, so what is found here belongs to a builder that died. */
async function removeLeftovers(cache: string, key: string): Promise<void> {
  for (const entry of readdirSync(cache)) {
    if (entry.startsWith(`.${key}.`)) await rm(join(cache, entry), { recursive: true, force: true });
  }
}

/** The binaries of a module from `KUBEBUILDER_ASSETS`, if that folder has all that a plane without controllers needs. */
function givenBinaries(name: ModuleName): Record<string, string> | undefined {
  const folder = process.env["KUBEBUILDER_ASSETS"];
  if (!folder || controlPlaneModules[name].assets !== undefined) return undefined;
  const found = Object.keys(controlPlaneModules[name].binaries).map(
    (binary) => [binary, resolve(folder, binary)] as const,
  );
  return found.every(([, path]) => existsSync(path)) ? Object.fromEntries(found) : undefined;
}

function assetsOf(folder: string): string[] {
  const assets = join(folder, "assets");
  if (!existsSync(assets)) return [];
  return readdirSync(assets)
    .sort()
    .map((file) => join(assets, file));
}

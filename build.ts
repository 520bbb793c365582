// npm run build: bundles restamp into dist/, the same bytes for the same sources and lock file.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { build, type Metafile } from "esbuild";
import { readVersion } from "./src/version.ts";

const { values } = parseArgs({
  options: {
    outdir: { type: "string", default: "dist" },
    // For reading stacks of a release: build its commit again with this.
    sourcemap: { type: "boolean", default: false },
  },
});

rmSync(values.outdir, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { restamp: "src/main.ts" },
  outdir: values.outdir,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node26",
  // One chunk for each process beside what they share: each loads only its own.
  splitting: true,
  chunkNames: "chunk-[hash]",
  // Also saves memory: the sources of functions stay on the heap.
  minify: true,
  // Error and class names are part of the log lines.
  keepNames: true,
  sourcemap: values.sourcemap,
  legalComments: "none",
  define: { RESTAMP_VERSION: JSON.stringify(readVersion()) },
  // Dependencies in CommonJS call require() for Node's own modules.
  banner: {
    js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
  },
  metafile: true,
  logLevel: "warning",
});
writeFileSync(`${values.outdir}/THIRD-PARTY-NOTICES.txt`, notices(metafile));
writeFileSync(`${values.outdir}/package.json`, '{ "type": "module" }\n');

for (const [file, { bytes, entryPoint }] of Object.entries(metafile.outputs)) {
  process.stdout.write(
    `${basename(file).padEnd(24)}${(bytes / 1024).toFixed(0).padStart(6)} KiB  ${entryPoint ?? ""}\n`,
  );
}

/** The licenses of the packages in the bundle, which their authors ask to be passed on. */
function notices({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  return [...new Set(folders)].sort().map(noticeOf).join("\n");
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  return `${"=".repeat(80)}\n${name} ${version} (${license})\n\n${licenseText(folder)}\n`;
}

function licenseText(folder: string): string {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file === undefined ? "The package has no license file.\n" : readFileSync(`${folder}/${file}`, "utf8");
}

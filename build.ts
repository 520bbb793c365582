// npm run build: bundles restamp into dist/, the same bytes for the same sources and lock file.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { build, type Metafile, type Plugin } from "esbuild";
import { readVersion } from "./src/version.ts";

const { values } = parseArgs({
  options: {
    outdir: { type: "string", default: "dist" },
    // For reading stacks of a release: build its commit again with this.
    sourcemap: { type: "boolean", default: false },
  },
});

/**
 * What dependencies load for calls that restamp never makes. Measured: without them, a controller takes 17 MB less, the
 * webhook 14, and either starts 80 ms sooner.
 */
const neverCalled = [
  // By KubeConfig.makeApiClient(): the code of every kind there is. By its createDispatcher(): another HTTP client.
  ...["./gen/index.js", "undici"],
  // By fastify for routes with a JSON schema, of which there are none, and for inject().
  ...["@fastify/ajv-compiler", "@fastify/fast-json-stringify-compiler", "light-my-request"],
];

/** Nothing in their place, callable as fastify does when it starts. */
const leaveOut: Plugin = {
  name: "leave-out",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path }) =>
      neverCalled.includes(path) ? { path, namespace: "left-out" } : undefined,
    );
    onLoad({ filter: /./, namespace: "left-out" }, () => ({ contents: "module.exports = () => undefined;" }));
  },
};

/**
 * An import of these makes all of their exports, some of which are made at first use: node:http has a WebSocket, that is
 * another 800 kB of script (https://github.com/nodejs/node/issues/59686), node:tls a copy of all root certificates. What
 * require() returns makes none of them. Measured: 4 MB.
 */
const requireLazyParts: Plugin = {
  name: "require-lazy-parts",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?(http|tls)$/ }, ({ path, kind }) =>
      kind === "import-statement" ? { path, namespace: "lazy-parts" } : { path, external: true },
    );
    onLoad({ filter: /./, namespace: "lazy-parts" }, ({ path }) => ({
      contents: `module.exports = require("${path}");`,
    }));
  },
};

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
  // The only part of it that is used; the package as a whole loads the rest as well.
  alias: { "@kubernetes/client-node": "@kubernetes/client-node/dist/config.js" },
  plugins: [leaveOut, requireLazyParts],
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

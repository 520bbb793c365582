import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import t, { type Test } from "tap";
import { allowedContext, readStages } from "./helpers/dockerfile.ts";

// There is no container builder at hand: what the Dockerfile says is done here with plain commands.
t.setTimeout(10 * 60_000);

const run = promisify(execFile);
const root = fileURLToPath(new URL("../", import.meta.url));
const text = (file: string) => readFileSync(join(root, file), "utf8");
const dockerfile = text("Dockerfile");
const [buildStage = [], imageStage = []] = readStages(dockerfile);
const argumentOf = (name: string) => imageStage.find((instruction) => instruction.name === name)?.text ?? "";
const entrypoint: string[] = JSON.parse(argumentOf("ENTRYPOINT"));

t.test("Dockerfile fits the rest of the project", async (t) => {
  const flags: string[] = JSON.parse(text("bin/node-flags.json"));
  t.strictSame(entrypoint.slice(1, -1), flags, "the image has the flags of bin/node-flags.json");
  const { optionalDependencies } = JSON.parse(text("package.json"));
  const pinned = new Set(Object.values(optionalDependencies));
  t.strictSame([...pinned], [/^ARG NODE_VERSION=(.+)$/m.exec(dockerfile)?.[1]], "the image has the Node that npm pins");
});

t.test("Dockerfile makes an image without root and with nothing but the bundle", async (t) => {
  t.equal(argumentOf("USER"), "65532:65532");
  t.strictSame(
    imageStage.filter(({ name }) => ["RUN", "COPY", "ADD"].includes(name)).map(({ text }) => text),
    ["--from=build /build/dist/ /restamp/"],
  );
});

t.test("Dockerfile builds from a clean context what a checkout builds", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "restamp-image-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const context = join(folder, "build");
  mkdirSync(context);
  for (const { name, text } of buildStage) {
    // The context as a whole is there from the start: COPY only decides what a cache is good for.
    if (name === "WORKDIR") copyContext(context);
    if (name === "RUN")
      await run("sh", ["-ec", text], { cwd: context, env: { ...process.env, npm_config_audit: "false" } });
  }
  await run(process.execPath, ["build.ts", "--outdir", join(folder, "checkout")], { cwd: root });
  t.strictSame(contents(join(context, "dist")), contents(join(folder, "checkout")));

  const image = join(folder, "image");
  cpSync(join(context, "dist"), join(image, "restamp"), { recursive: true });
  rmSync(context, { recursive: true });
  const command = entrypoint.map((part) => (part.startsWith("/") ? join(image, part) : part)).slice(1);

  t.test("whose small commands work", async (t) => {
    t.match((await run(process.execPath, [...command, "version"])).stdout, /^restamp \d/);
    t.match((await run(process.execPath, [...command, "manifests"])).stdout, /kind: MutatingWebhookConfiguration/);
  });
  for (const name of ["webhook", "controller"]) {
    t.test(`whose ${name} starts without a cluster at hand, and stops`, (t) =>
      startAndStop(t, [...command, name], folder),
    );
  }
});

function copyContext(target: string): void {
  for (const path of allowedContext(text(".dockerignore")))
    cpSync(join(root, path), join(target, path), { recursive: true });
}

/** The digest of each file of a folder. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder).sort();
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash("sha256")
        .update(readFileSync(join(folder, file)))
        .digest("hex"),
    ]),
  );
}

/** Nobody listens on port 1: the process must come up, keep trying, and stop when asked to. */
async function startAndStop(t: Test, command: readonly string[], folder: string): Promise<void> {
  const kubeconfig = join(folder, "kubeconfig");
  const cluster = { server: "http://127.0.0.1:1" };
  const config = {
    "current-context": "x",
    contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
    clusters: [{ name: "x", cluster }],
    users: [{ name: "x", user: {} }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const args = [...command, `--kubeconfig=${kubeconfig}`, "--ops-address=127.0.0.1:0", "--namespace=restamp-system"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => child.kill("SIGKILL"));
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)));
  const listening = new Promise<void>((resolve) => {
    child.stdout
      .setEncoding("utf8")
      .on("data", (lines: string) => lines.includes("Ops server is listening") && resolve());
  });
  await Promise.race([listening, ended]);
  child.kill("SIGTERM");
  t.equal(await ended, 0);
}

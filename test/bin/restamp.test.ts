import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";

const root = fileURLToPath(new URL("../../", import.meta.url));
const flags: string[] = JSON.parse(readFileSync(join(root, "bin/node-flags.json"), "utf8"));

// Stands for a Node before 26: it reports an old version and cannot replace itself.
const old = `data:text/javascript,${encodeURIComponent(
  'Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.0.0"}});delete process.execve;',
)}`;
const nodes = [
  { title: "a Node that is new enough", args: [] },
  { title: "an older Node", args: [`--import=${old}`] },
];

/** A program that tells how it was started, ends on SIGTERM with 7, and notices when its starter is gone. */
const program = `
const tell = (fields) => process.stdout.write(JSON.stringify(fields) + "\\n");
const alive = setInterval(() => {}, 1000);
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => { tell({ signal }); process.exit(7); });
process.on("disconnect", () => { tell({ orphan: true }); process.exit(8); });
process.channel?.unref();
tell({ pid: process.pid, execArgv: process.execArgv, args: process.argv.slice(2), node: process.version });
if (process.argv[2] === "quick") process.exit(3);
if (process.argv[2] === "killed") process.kill(process.pid, "SIGKILL");
`;

/** A folder as the image has it: the starter and a bundle, without sources. */
function install(t: Test): string {
  const folder = t.testdir({ dist: { "restamp.js": program }, "package.json": '{ "type": "module" }' });
  cpSync(join(root, "bin"), join(folder, "bin"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

function start(t: Test, nodeArgs: readonly string[], script: string, args: readonly string[]) {
  const child = spawn(process.execPath, [...nodeArgs, script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  t.teardown(() => child.kill("SIGKILL"));
  const lines: Record<string, unknown>[] = [];
  const errors: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n").filter((part) => part !== "")) lines.push(JSON.parse(line));
  });
  return { child, lines, errors, ended: endOf(child) };
}

function endOf(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
}

async function until(holds: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(30_000);
  while (!holds()) await sleep(10, undefined, { signal });
}

for (const { title, args } of nodes) {
  t.test(`bin/restamp passes arguments, flags and the exit code with ${title}`, async (t) => {
    const { lines, errors, ended } = start(t, args, join(install(t), "bin/restamp"), ["quick", "--settle", "5s"]);
    t.strictSame(await ended, { code: 3, signal: null });
    t.match(lines, [{ args: ["quick", "--settle", "5s"], node: /^v2[6-9]/ }]);
    const execArgv = lines[0]?.["execArgv"];
    t.strictSame(Array.isArray(execArgv) && flags.filter((flag) => !execArgv.includes(flag)), []);
    t.strictSame(errors, []);
  });

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    t.test(`bin/restamp passes ${signal} on with ${title}`, async (t) => {
      const { child, lines, ended } = start(t, args, join(install(t), "bin/restamp"), []);
      await until(() => lines.length > 0);
      child.kill(signal);
      t.strictSame(await ended, { code: 7, signal: null });
      t.strictSame(lines.slice(1), [{ signal }]);
    });
  }
}

t.test("bin/restamp becomes the program where Node can replace itself", async (t) => {
  const { child, lines, ended } = start(t, [], join(install(t), "bin/restamp"), []);
  await until(() => lines.length > 0);
  t.equal(lines[0]?.["pid"], child.pid);
  child.kill("SIGTERM");
  await ended;
});

t.test("bin/restamp that is killed takes the program with it", async (t) => {
  const { child, lines, ended } = start(t, [`--import=${old}`], join(install(t), "bin/restamp"), []);
  await until(() => lines.length > 0);
  t.not(lines[0]?.["pid"], child.pid);
  child.kill("SIGKILL");
  // The program has the same output, so this is its end, too.
  await ended;
  t.strictSame(lines.slice(1), [{ orphan: true }]);
});

t.test("bin/restamp reports a killed program with 128 and the signal's number", async (t) => {
  const { ended } = start(t, [`--import=${old}`], join(install(t), "bin/restamp"), ["killed"]);
  t.strictSame(await ended, { code: 137, signal: null });
});

t.test("bin/restamp works through a symbolic link, as npm makes them", async (t) => {
  const folder = install(t);
  mkdirSync(join(folder, "other"));
  symlinkSync("../bin/restamp", join(folder, "other/restamp"));
  const { ended, lines } = start(t, [], join(folder, "other/restamp"), ["quick"]);
  t.match(await ended, { code: 3 });
  t.equal(lines.length, 1);
});

t.test("bin/restamp prefers the sources of a checkout to what was built there", async (t) => {
  const folder = install(t);
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src/main.ts"), "const code: number = 9; process.exit(code);");
  t.match(await start(t, [], join(folder, "bin/restamp"), []).ended, { code: 9 });
});

t.test("bin/restamp says what to do where there is no Node for it", async (t) => {
  const folder = t.testdir({ dist: { "restamp.js": program } });
  cpSync(join(root, "bin"), join(folder, "bin"), { recursive: true });
  // Elsewhere, so that no folder above has the pinned Node.
  const away = join(tmpdir(), `restamp-bin-${process.pid}`);
  cpSync(folder, away, { recursive: true });
  t.teardown(() => import("node:fs/promises").then(({ rm }) => rm(away, { recursive: true, force: true })));
  const { ended, errors } = start(t, [`--import=${old}`], join(away, "bin/restamp"), []);
  t.match(await ended, { code: 1 });
  t.match(
    errors.join(""),
    /^Cannot start restamp: Node 20\.0\.0 is older than 26, .* run "npm ci", or install Node 26\n$/,
  );
});

t.test("bin/restamp runs this checkout", async (t) => {
  const child = spawn(join(root, "bin/restamp"), ["version"], { stdio: ["ignore", "pipe", "inherit"] });
  const out: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
  t.match(await endOf(child), { code: 0 });
  t.match(out.join(""), /^restamp \d+\.\d+\.\d+.* \(Node 2[6-9]\./);
});

t.test("bin/restamp refuses a kubeconfig that cannot be used, in one line and with 2", async (t) => {
  const file = join(t.testdir({ kubeconfig: "users: [\n  t0ken" }), "kubeconfig");
  const args = ["controller", `--kubeconfig=${file}`, "--workers=0"];
  const child = spawn(join(root, "bin/restamp"), args, { stdio: ["ignore", "inherit", "pipe"] });
  const errors: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  t.match(await endOf(child), { code: 2 });
  t.match(errors.join(""), /^ {2}--kubeconfig ".+": .+; write the path of a kubeconfig .+\n {2}--workers "0": /m);
  t.notMatch(errors.join(""), "t0ken", "the file may hold a token");
});

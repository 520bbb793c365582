import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import t from "tap";
import { readVersion } from "../src/version.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../", import.meta.url));

async function build(outdir: string): Promise<{ out: string; files: Map<string, string> }> {
  const { stdout } = await run(process.execPath, ["build.ts", "--outdir", outdir], { cwd: root });
  const files = readdirSync(outdir).sort();
  return { out: stdout, files: new Map(files.map((file) => [file, readFileSync(join(outdir, file), "utf8")])) };
}

t.test("build.ts makes a bundle that is the same each time", async (t) => {
  const folder = t.testdir();
  const first = await build(join(folder, "first"));
  const second = await build(join(folder, "second"));
  t.strictSame([...second.files.keys()], [...first.files.keys()]);
  for (const [file, text] of first.files) t.ok(second.files.get(file) === text, `${file} is the same`);
  for (const [file, text] of first.files) t.notOk(text.includes(root), `${file} does not say where it was built`);
  t.match(first.out, /restamp\.js +\d+ KiB {2}src\/main\.ts/, "it prints what it made and how large that is");

  t.test("that knows its version", async (t) => {
    const { stdout } = await run(process.execPath, [join(folder, "first/restamp.js"), "version"]);
    t.ok(stdout.startsWith(`restamp ${readVersion()} `), stdout);
  });
  t.test("whose small commands load nothing big", async (t) => {
    t.ok((first.files.get("restamp.js") ?? "").length < 100_000);
  });
  t.test("that passes on the licenses of what it contains", async (t) => {
    const notices = first.files.get("THIRD-PARTY-NOTICES.txt") ?? "";
    for (const name of ["fastify", "pino", "prom-client", "@kubernetes/client-node"]) {
      t.match(notices, new RegExp(`^${name} \\d`, "m"));
    }
  });
});

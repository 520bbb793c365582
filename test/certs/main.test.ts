import { execFile } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import t from "tap";
import { readPair, uncoveredNames } from "../../certs/certificate-pair.ts";

const program = fileURLToPath(new URL("../../certs/main.ts", import.meta.url));

/** Exit code and what was written. */
async function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [program, ...argv])) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

t.test("certs/main.ts makes certificates and never overwrites them unasked", async (t) => {
  const out = join(t.testdir({}), "new", "folder");
  const made = await run("--out", out, "--service", "hook", "--namespace", "shop");
  t.equal(made.code, 0, made.stderr);
  const read = (name: string) => readFile(join(out, name), "utf8");
  const pair = { cert: await read("tls.crt"), key: await read("tls.key") };
  t.same(uncoveredNames(readPair(pair).leaf, ["hook.shop.svc", "hook.shop.svc.cluster.local", "localhost", "::1"]), []);
  t.equal((await stat(join(out, "tls.key"))).mode & 0o777, 0o600);
  t.equal((await stat(join(out, "ca.key"))).mode & 0o777, 0o600);

  const again = await run("--out", out);
  t.equal(again.code, 2);
  t.match(again.stderr, /^".*ca\.crt" is there already: .*--force\n$/);
  t.equal(await read("tls.crt"), pair.cert);

  await writeFile(join(out, "unrelated"), "x");
  t.equal((await run("--out", out, "--force", "--no-localhost")).code, 0);
  t.not(await read("tls.crt"), pair.cert);
  t.equal(await read("unrelated"), "x");
});

t.test("certs/main.ts explains itself", async (t) => {
  t.match(await run("--help"), { code: 0, stdout: /--out DIR/ });
  t.match(await run(), { code: 2, stderr: /--out is missing/ });
  t.match(await run("--out", "x", "--days", "0"), { code: 2, stderr: /--days is "0"/ });
  t.match(await run("--wrong"), { code: 2, stderr: /--wrong/ });
});

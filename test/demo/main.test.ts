import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { promisify } from "node:util";
import t from "tap";
import { checkout } from "../helpers/source-imports.ts";
import { accepts } from "../helpers/webhook-process.ts";

// That the story comes true is checked by CI: npm run demo -- --exit

const program = "test/demo/main.ts";
const run = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args], { cwd: checkout });

t.test("npm run demo -- --help says what it does", async (t) => {
  t.match((await run("--help")).stdout, /--exit +ends after the story/);
});

t.test("npm run demo tells which flag it does not know", async (t) => {
  await t.rejects(run("--fast"), { code: 2, stderr: /Unknown option '--fast'[\s\S]*Usage:/ });
});

t.test("npm run demo leaves nothing when it is interrupted in the middle", async (t) => {
  const folder = t.testdir({});
  const env = { ...process.env, TMPDIR: folder };
  const child = spawn(process.execPath, [program], { cwd: checkout, env, stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => child.kill("SIGKILL"));
  let output = "";
  const isUp = new Promise<void>((fulfill) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("deployment.apps/search created")) fulfill();
    });
  });
  const ended = once(child, "exit");
  await Promise.race([isUp, ended]);
  const port = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1]);
  t.ok(await accepts(port), "the API server listens");
  t.match(readdirSync(folder).join(), /restamp-plane-/, "its folder is there");
  child.kill("SIGINT");
  t.strictSame(await ended, [130, null]);
  t.notOk(await accepts(port), "nobody listens where the API server was");
  t.strictSame(readdirSync(folder), [], "no folder is left");
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import t from "tap";
import { waitFor } from "./wait-for.ts";

t.setTimeout(120_000);

function start(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), ...args]);
  const output = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output.out += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    output.err += chunk;
  });
  return { child, output, closed: once(child, "close") };
}

t.test("main() --help explains itself", async (t) => {
  const { output, closed } = start("--help");
  t.same(await closed, [0, null]);
  t.match(output.out, /Usage:.*up \[parts\]/s);
});

const wrong = [
  { title: "without a command", args: [], code: 2, err: /Usage:/ },
  { title: "with an unknown command", args: ["down"], code: 2, err: /Usage:/ },
  { title: "with an unknown option", args: ["up", "--hack"], code: 1, err: /Unknown option '--hack'/ },
  { title: "with a bad number", args: ["up", "--nodes", "x"], code: 1, err: /Cannot use --nodes "x"/ },
];
for (const { title, args, code, err } of wrong) {
  t.test(`main() ${title} fails with what is wrong`, async (t) => {
    const { output, closed } = start(...args);
    t.same(await closed, [code, null]);
    t.match(output.err, err);
  });
}

t.test("main() up runs until Ctrl-C and leaves nothing", async (t) => {
  const { child, output, closed } = start("up", "--core");
  const match = await waitFor(() => /KUBECONFIG=(.*)/.exec(output.out), {
    timeoutMs: 60_000,
    describe: "the greeting",
  });
  const folder = dirname(match[1] ?? "");
  t.ok(existsSync(folder));
  child.kill("SIGINT");
  t.same(await closed, [0, null]);
  t.notOk(existsSync(folder));
});

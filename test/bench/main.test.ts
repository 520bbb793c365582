import { execFile } from "node:child_process";
import { join } from "node:path";
import t from "tap";

const main = join(import.meta.dirname, "main.ts");

/** Exit code and output of the command. */
function bench(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

t.test("--help names all scenarios", async (t) => {
  const { code, stdout } = await bench("--help");
  t.equal(code, 0);
  for (const name of ["latency", "fan-out", "admission", "scale"]) t.match(stdout, name);
});

for (const [args, problem] of [
  [["--only=latency,nothing"], /no scenario "nothing"/],
  [["--peer=other=/bin/true"], /write one of reloader=PATH/],
  [["--unknown"], /--unknown/],
] as const) {
  t.test(`${args.join(" ")} is refused before anything is started`, async (t) => {
    const { code, stderr } = await bench(...args);
    t.equal(code, 2);
    t.match(stderr, problem);
    t.match(stderr, /see npm run bench -- --help/);
  });
}

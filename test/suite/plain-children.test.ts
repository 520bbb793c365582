import { execFileSync } from "node:child_process";
import t from "tap";

t.test("processes that a test starts are as users start them", async (t) => {
  const tell = "console.log(JSON.stringify(process.env.NODE_OPTIONS))";
  t.notMatch(execFileSync(process.execPath, ["--eval", tell], { encoding: "utf8" }), /tapjs/);
  t.notMatch(process.env["NODE_OPTIONS"], /tapjs/, "nor is what they are given in other ways");
});

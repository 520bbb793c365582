import t from "tap";
import { readEnvironment } from "../../../src/options/read-environment.ts";

t.test("readEnvironment() reads options of every command", async (t) => {
  const { given, warnings } = readEnvironment({ RESTAMP_SETTLE: "5s", RESTAMP_DRAIN: "1s", PATH: "/bin" });
  t.strictSame(Object.fromEntries(given), {
    settle: { text: "5s", label: "RESTAMP_SETTLE" },
    drain: { text: "1s", label: "RESTAMP_DRAIN" },
  });
  t.strictSame(warnings, []);
});

t.test("readEnvironment() takes an empty variable for one that is not set", async (t) => {
  t.equal(readEnvironment({ RESTAMP_SETTLE: "" }).given.size, 0);
});

t.test("readEnvironment() warns of unknown variables and suggests", async (t) => {
  t.strictSame(readEnvironment({ RESTAMP_SETLE: "5s", RESTAMP_QQQ: "1" }).warnings, [
    "Environment variable RESTAMP_SETLE is ignored: no such option; did you mean RESTAMP_SETTLE?",
    "Environment variable RESTAMP_QQQ is ignored: no such option",
  ]);
});

t.test("readEnvironment() is deaf to service links", async (t) => {
  const env = { RESTAMP_WEBHOOK_PORT: "tcp://10.0.0.1:443", RESTAMP_WEBHOOK_SERVICE_HOST: "10.0.0.1" };
  const read = readEnvironment(env);
  t.equal(read.given.size, 0);
  t.strictSame(read.warnings, []);
});

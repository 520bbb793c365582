import t from "tap";
import type { Marks } from "../../../../src/core/dialects/dialect.ts";
import { waveDialect } from "../../../../src/core/dialects/wave.ts";

const enabled = "wave.pusher.com/update-on-config-change";
const configMaps = "wave.pusher.com/extra-configmaps";
const secrets = "wave.pusher.com/extra-secrets";

const none: Marks = { labels: {}, annotations: {} };
const read = (annotations: Record<string, string>, template?: Record<string, string>) =>
  waveDialect.readWorkload({ ...none, annotations, ...(template === undefined ? {} : { template }) }, none);

t.test("a workload takes part by exactly true", async (t) => {
  t.match(read({ [enabled]: "true" }), { counts: { ConfigMap: "all", Secret: "all" }, said: true });
  t.match(read({}), { counts: {}, said: false });
  for (const value of ["false", "True", "1", ""]) {
    const wish = read({ [enabled]: value, [secrets]: "db" });
    t.same([wish.counts, wish.extra, wish.said], [{}, [], true], JSON.stringify(value));
  }
});

t.test("the classes of a driver are not Wave's", async (t) => {
  t.notOk("SecretProviderClass" in read({ [enabled]: "true" }).counts);
});

t.test("extra sources are names", async (t) => {
  const { extra, problems } = read({ [enabled]: "true", [configMaps]: " flags,,app.v1 ", [secrets]: "db" });
  t.match(extra, [
    { kind: "ConfigMap", text: "flags", isName: true },
    { kind: "ConfigMap", text: "app.v1", isName: true },
    { kind: "Secret", text: "db", isName: true },
  ]);
  t.equal(extra.length, 3);
  t.same(problems, []);
});

t.test("a source of another namespace, or what is no name, is told", async (t) => {
  const { extra, problems } = read({ [enabled]: "true", [configMaps]: "other/flags, app-*", [secrets]: "A,db" });
  t.match(extra, [{ kind: "Secret", text: "db" }]);
  t.equal(extra.length, 1);
  t.same(problems, [
    `Cannot read ${configMaps}: "other/flags": sources of another namespace are not followed: copy it into the workload's own`,
    `Cannot read ${configMaps}: "app-*": not a name`,
    `Cannot read ${secrets}: "A": not a name`,
  ]);
});

t.test("a pod template says nothing, and that is told", async (t) => {
  const wish = read({}, { [enabled]: "true" });
  t.match(wish, { counts: {}, said: false });
  t.same(wish.mistakes, [`${enabled} on the pod template is not read: write it on the workload`]);
});

t.test("sources say nothing", async (t) => {
  t.same(waveDialect.readSource({ [enabled]: "true" }), { ignored: false, matched: false, problem: undefined });
});

t.same([enabled, configMaps, secrets, "wave.pusher.com/config-hash"].map(waveDialect.isMark), [true, true, true, true]);
t.notOk(waveDialect.isMark("reloader.stakater.com/auto"), "isMark() knows no other");

t.test("what is read on workloads does nothing on a source", async (t) => {
  const want = `${enabled} is read on workloads: write it on those that use this`;
  t.same([{ [enabled]: "true" }, {}].map(waveDialect.sourceMistakes), [[want], []]);
});

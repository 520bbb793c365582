import fc from "fast-check";
import t from "tap";
import { readRestartAnnotations, restartAnnotations } from "../../../src/core/restart-event.ts";

t.test("restartAnnotations() names the sources and how long it took", async (t) => {
  const sources = [
    { kind: "Secret", name: "db" },
    { kind: "ConfigMap", name: "app.config" },
  ] as const;
  const annotations = restartAnnotations({ sources, seconds: 3.25 });
  t.same(annotations, { "restamp.dev/sources": "configmap/app.config,secret/db", "restamp.dev/waited": "3s250ms" });
  t.same(readRestartAnnotations(annotations), { sources: ["configmap/app.config", "secret/db"], waitedMs: 3_250 });
});

t.test("restartAnnotations() says nothing where it does not know all", async (t) => {
  t.same(restartAnnotations({ sources: [], seconds: undefined }), {});
  const sources = Array.from({ length: 65 }, (_, index) => ({ kind: "Secret" as const, name: `s${index}` }));
  t.same(restartAnnotations({ sources, seconds: 0 }), { "restamp.dev/waited": "0s" });
});

t.test("readRestartAnnotations() takes nothing that it does not understand", async (t) => {
  const nothing = { sources: [], waitedMs: undefined };
  t.same(readRestartAnnotations({}), nothing);
  t.same(readRestartAnnotations({ "restamp.dev/sources": "pod/x", "restamp.dev/waited": "soon" }), nothing);
  t.same(readRestartAnnotations({ "restamp.dev/sources": "secret/x,*" }).sources, [], "all or nothing");
  fc.assert(
    fc.property(fc.string(), fc.string(), (sources, waited) => {
      readRestartAnnotations({ "restamp.dev/sources": sources, "restamp.dev/waited": waited });
    }),
  );
});

import fc from "fast-check";
import t from "tap";
import {
  formatLastReloadedFrom,
  type LastReloadedFrom,
  parseLastReloadedFrom,
} from "../../../../src/core/reloader/last-reloaded-from.ts";

t.test("formatLastReloadedFrom() has Reloader's keys in Reloader's order", async (t) => {
  const text = formatLastReloadedFrom({
    observedAt: 1_700_000_000,
    containers: ["app"],
    hash: "0".repeat(40),
    namespace: "ns",
    name: "my-config",
    kind: "ConfigMap",
  });
  const hash = "0".repeat(40);
  const want = `{"type":"CONFIGMAP","name":"my-config","namespace":"ns","hash":"${hash}","containerRefs":["app"],"observedAt":1700000000}`;
  t.equal(text, want);
});

t.test("parseLastReloadedFrom() reads what formatLastReloadedFrom() wrote, and takes any text", async (t) => {
  const written: fc.Arbitrary<LastReloadedFrom> = fc.record({
    kind: fc.constantFrom("ConfigMap", "Secret", "SecretProviderClass"),
    namespace: fc.string(),
    name: fc.string(),
    hash: fc.string(),
    containers: fc.array(fc.string()),
    observedAt: fc.nat(),
  });
  fc.assert(
    fc.property(written, (value) => {
      t.same(parseLastReloadedFrom(formatLastReloadedFrom(value)), value);
    }),
    { numRuns: 50 },
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      parseLastReloadedFrom(text);
    }),
  );
  t.equal(parseLastReloadedFrom('{"type":"POD","name":"a","namespace":"b","hash":"c","observedAt":1}'), undefined);
});

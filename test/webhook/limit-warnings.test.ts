import fc from "fast-check";
import t from "tap";
import { limitWarnings } from "../../webhook/limit-warnings.ts";

t.test("limitWarnings() leaves short ones as they are", async (t) => {
  t.same(limitWarnings([]), []);
  t.same(limitWarnings(["a", "b", "a"]), ["restamp: a", "restamp: b"], "once each");
});

t.test("limitWarnings() stays within the API server's limits", async (t) => {
  const long = limitWarnings([`${"é".repeat(300)}`]);
  t.match(long, [/^restamp: é+…$/], "cuts on a character");
  const many = limitWarnings(Array.from({ length: 100 }, (_, i) => `${i} ${"x".repeat(200)}`));
  t.equal(many.at(-1), "restamp: there are more warnings than can be shown");
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 600 }), { maxLength: 60 }), (warnings) => {
      const limited = limitWarnings(warnings);
      const sizes = limited.map((warning) => Buffer.byteLength(warning));
      return sizes.every((size) => size <= 256) && sizes.reduce((sum, size) => sum + size, 0) <= 4_096;
    }),
  );
});

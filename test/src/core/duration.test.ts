import fc from "fast-check";
import t from "tap";
import { formatDuration, parseDuration } from "../../../src/core/duration.ts";

const cases = [
  { text: "0", want: 0 },
  { text: "0s", want: 0 },
  { text: "300ms", want: 300 },
  { text: "3s", want: 3_000 },
  { text: "1.5m", want: 90_000 },
  { text: "1h30m", want: 5_400_000 },
  { text: "1m500ms", want: 60_500 },
  { text: "0.5ms", want: 1 },
  { text: "", want: undefined },
  { text: "3", want: undefined },
  { text: "-3s", want: undefined },
  { text: "3 s", want: undefined },
  { text: "3S", want: undefined },
  { text: "1d", want: undefined },
  { text: ".5s", want: undefined },
  { text: "1.s", want: undefined },
  { text: "3s\n", want: undefined },
  { text: "9999999999s", want: undefined },
];
for (const { text, want } of cases) t.equal(parseDuration(text), want, `parseDuration() ${JSON.stringify(text)}`);

t.test("formatDuration() is the shortest text that parseDuration() reads back", async (t) => {
  t.same([0, 300, 60_000, 5_400_000, 3_661_001].map(formatDuration), ["0s", "300ms", "1m", "1h30m", "1h1m1s1ms"]);
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (ms) => parseDuration(formatDuration(ms)) === ms));
});

t.test("parseDuration() takes any text", async (t) => {
  const parts = fc.array(fc.constantFrom("1", "9", ".", "s", "m", "ms", "h", " ", "-"), { maxLength: 20 });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        parts.map((each) => each.join("")),
      ),
      (text) => {
        const parsed = parseDuration(text);
        return parsed === undefined || (Number.isInteger(parsed) && parsed >= 0);
      },
    ),
  );
  t.pass();
});

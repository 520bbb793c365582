import t from "tap";
import { brokenRules, orderRules } from "../../../src/options/rules.ts";
import { optionTable } from "../../../src/options/table.ts";

function values(numbers: Record<string, number>) {
  return new Map(Object.entries(numbers).map(([name, value]) => [name, { value, text: `${value}ms` }]));
}

const cases = [
  { title: "accepts the right order", given: { settle: 1, "settle-max": 2 }, want: 0 },
  { title: "accepts equal values where they make sense", given: { settle: 2, "settle-max": 2 }, want: 0 },
  {
    title: "refuses equal values where they do not",
    given: { "lease-renew-deadline": 2, "lease-duration": 2 },
    want: 1,
  },
  { title: "refuses the wrong order", given: { settle: 3, "settle-max": 2 }, want: 1 },
  { title: "skips a feature that is off", given: { "key-propagation": 5, "key-rotation-interval": 0 }, want: 0 },
  { title: "checks a feature that is on", given: { "key-propagation": 5, "key-rotation-interval": 4 }, want: 1 },
  { title: "skips what has no value", given: { settle: 3 }, want: 0 },
];
for (const { title, given, want } of cases) t.equal(brokenRules(values(given)).length, want, `brokenRules() ${title}`);

t.strictSame(
  brokenRules(values({ drain: 30, "shutdown-timeout": 25 })),
  ["--drain (30ms) must be shorter than --shutdown-timeout (25ms): the stop would be cut off while it drains"],
  "brokenRules() names both options, their values and the reason",
);

for (const { lower, upper } of orderRules) {
  const types = optionTable.filter(({ name }) => name === lower || name === upper).map(({ type }) => type);
  t.strictSame(types, ["duration", "duration"], `orderRules compare durations: ${lower} and ${upper}`);
}

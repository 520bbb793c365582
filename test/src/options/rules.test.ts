import t from "tap";
import type { OptionRow } from "../../../src/options/option-row.ts";
import { brokenRules, idleOptions, idleRules, needRules, orderRules } from "../../../src/options/rules.ts";
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

/** Values as the option's own type has them, and as text. */
function given(values: Record<string, unknown>) {
  return new Map(
    Object.entries(values).map(([name, value]) => [name, { value, text: value === undefined ? "" : String(value) }]),
  );
}

const together = [
  { title: "accepts no alerts", values: { "alert-sink": "none", "alert-url": undefined }, want: [] },
  { title: "accepts a sink and a URL", values: { "alert-sink": "slack", "alert-url": "https://host" }, want: [] },
  {
    title: "misses the URL",
    values: { "alert-sink": "slack", "alert-url": undefined },
    want: ["--alert-sink (slack) needs --alert-url: messages have to go somewhere"],
  },
  {
    title: "misses the template",
    values: { "alert-sink": "template", "alert-url": "https://host", "alert-template": undefined },
    want: ["--alert-sink (template) needs --alert-template: it is what is posted"],
  },
  { title: "accepts one kind to ignore", values: { "resources-to-ignore": ["secrets"] }, want: [] },
  {
    title: "refuses to ignore everything",
    values: { "resources-to-ignore": ["configmaps", "secrets"] },
    want: ["--resources-to-ignore (configmaps,secrets) ignores everything: write one of configmaps and secrets"],
  },
  { title: "knows types of workload", values: { "ignored-workload-types": ["jobs", "cronjobs"] }, want: [] },
];
for (const { title, values, want } of together)
  t.strictSame(brokenRules(given(values)), want, `brokenRules() ${title}`);
t.match(
  brokenRules(given({ "ignored-workload-types": ["pods"] })),
  [/^Kinds of workload: "pods" is not a type of workload; write some of deployments, /],
  "brokenRules() names a type of workload that is not there",
);

const idle = [
  { title: "nothing of what is not given", values: { "alert-url": undefined, "alert-sink": "none" }, want: [] },
  { title: "nothing of what has an effect", values: { "alert-url": "https://host", "alert-sink": "slack" }, want: [] },
  {
    title: "what has none, without its value",
    values: { "alert-url": "https://host/token", "alert-sink": "none" },
    want: ["--alert-url has no effect: it is for --alert-sink=slack|teams|gchat|webhook|template"],
  },
  {
    title: "nothing of one value of several",
    values: { "auto-reload-all": true, compatibility: "reloader,wave" },
    want: [],
  },
  {
    title: "a switch",
    values: { "rerun-finished-jobs": true, jobs: "record" },
    want: ["--rerun-finished-jobs has no effect: it is for --jobs=recreate"],
  },
];
for (const { title, values, want } of idle)
  t.strictSame(idleOptions(given(values)), want, `idleOptions() tells ${title}`);

for (const { option, values } of [...needRules, ...idleRules.map(({ without }) => without)]) {
  const row: OptionRow | undefined = optionTable.find(({ name }) => name === option);
  const known = row?.choices ?? ["true", "false"];
  t.strictSame(
    values.filter((value) => !known.includes(value)),
    [],
    `rules know the values of ${option}`,
  );
}

for (const { lower, upper } of orderRules) {
  const types = optionTable.filter(({ name }) => name === lower || name === upper).map(({ type }) => type);
  t.strictSame(types, ["duration", "duration"], `orderRules compare durations: ${lower} and ${upper}`);
}

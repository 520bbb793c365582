import t from "tap";
import {
  environmentName,
  listed,
  type OptionRow,
  printValue,
  propertyName,
  readValue,
} from "../../../src/options/option-row.ts";

function row(more: Partial<OptionRow>): OptionRow {
  return { name: "log-level", type: "text", commands: ["webhook"], group: "Process", help: "Help", ...more };
}

t.equal(environmentName(row({})), "RESTAMP_LOG_LEVEL", "environmentName() is upper case with underscores");

const properties = [
  { name: "settle", type: "duration", want: "settleMs" },
  { name: "min-interval-max", type: "duration", want: "minIntervalMaxMs" },
  { name: "max-body-size", type: "size", want: "maxBodySizeBytes" },
  { name: "log-level", type: "oneOf", want: "logLevel" },
] as const;
for (const { want, ...given } of properties) {
  t.equal(propertyName(row(given)), want, `propertyName() of the ${given.type} ${given.name} is ${want}`);
}

const values = [
  {
    title: "takes the smallest value",
    row: row({ type: "duration", min: "1s" }),
    text: "1000ms",
    want: { value: 1_000 },
  },
  {
    title: "refuses what is below it",
    row: row({ type: "duration", min: "1s" }),
    text: "999ms",
    want: { problem: "too small; write 1s or more" },
  },
  {
    title: "refuses what is above the greatest value",
    row: row({ type: "size", max: "1MiB" }),
    text: "2MiB",
    want: { problem: "too great; write 1MiB or less" },
  },
  { title: "takes a choice", row: row({ type: "oneOf", choices: ["a", "b"] }), text: "b", want: { value: "b" } },
  {
    title: "names the choices",
    row: row({ type: "oneOf", choices: ["a", "b", "c"] }),
    text: "x",
    want: { problem: "not one of the choices; write a, b or c" },
  },
  {
    title: "says what to write instead",
    row: row({ type: "integer" }),
    text: "many",
    want: { problem: "not understood; write a whole number" },
  },
];
for (const { title, row: given, text, want } of values)
  t.strictSame(readValue(given, text), want, `readValue() ${title}`);

t.equal(printValue(row({ type: "duration" }), 90_000), "1m30s", "printValue() writes as the type does");
t.equal(listed(["a"]), "a", "listed() leaves one alone");

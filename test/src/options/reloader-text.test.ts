import t from "tap";
import { isList, readReloaderText } from "../../../src/options/reloader-text.ts";
import { rowsOf } from "../../../src/options/table.ts";

const off = "is off, as in Reloader: only the text true switches it on";

const cases: readonly { option: string; text: string; want: object }[] = [
  ...["1", "t", "T", "true", "TRUE", "True"].map((text) => ({
    option: "auto-reload-all",
    text,
    want: { text: "true" },
  })),
  ...["0", "f", "F", "false", "FALSE", "False"].map((text) => ({
    option: "auto-reload-all",
    text,
    want: { text: "false" },
  })),
  { option: "auto-reload-all", text: "yes", want: { problem: "not understood; write true or false" } },
  { option: "reload-on-create", text: "true", want: { text: "true" } },
  { option: "reload-on-create", text: "false", want: { text: "false" } },
  { option: "reload-on-create", text: "True", want: { text: "false", warning: off } },
  { option: "reload-on-create", text: "1", want: { text: "false", warning: off } },
  { option: "metrics-by-namespace", text: "enabled", want: { text: "true" } },
  { option: "metrics-by-namespace", text: "true", want: { text: "false" } },
  { option: "reload-strategy", text: "EnvVars", want: { text: "env-vars" } },
  { option: "reload-strategy", text: "default", want: { text: "env-vars" } },
  { option: "reload-strategy", text: "Annotations", want: { text: "annotations" } },
  { option: "reload-strategy", text: "stamp", want: { text: "stamp" } },
  { option: "log-level", text: "trace", want: { text: "debug" } },
  { option: "log-level", text: "WARNING", want: { text: "warn" } },
  { option: "log-level", text: "fatal", want: { text: "error" } },
  { option: "log-level", text: "panic", want: { text: "error" } },
  { option: "log-format", text: "", want: { text: "text" } },
  { option: "watch-namespaces", text: '"a","b"', want: { text: "a,b" } },
  { option: "namespace-selector", text: "a:b", want: { text: "a:b" } },
  { option: "namespace-selector", text: '"a:*,b=*"', want: { text: "a:*,b=*" } },
  { option: "resource-label-selector", text: "", want: { text: "" } },
  { option: "auto-annotation", text: "example.com/auto", want: { text: "example.com/auto" } },
  { option: "webhook-url", text: "https://host/A?b", want: { text: "https://host/A?b" } },
];

const rows = new Map(rowsOf("reloader").map((row) => [row.name, row]));
for (const { option, text, want } of cases) {
  const row = rows.get(option);
  t.strictSame(row && readReloaderText(row, text), want, `readReloaderText() reads "${text}" for ${option}`);
}

t.strictSame(
  ["watch-namespaces", "resource-label-selector", "custom-workloads", "auto-annotation"].map((name) => {
    const row = rows.get(name);
    return row && isList(row);
  }),
  [true, true, true, false],
  "isList() tells what adds up",
);

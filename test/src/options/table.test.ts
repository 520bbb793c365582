import t from "tap";
import {
  environmentName,
  type OptionRow,
  optionGroups,
  printValue,
  propertyName,
  readValue,
} from "../../../src/options/option-row.ts";
import { standardFlags } from "../../../src/options/read-arguments.ts";
import { isServiceLink } from "../../../src/options/service-links.ts";
import { type Options, optionTable, rowsOf } from "../../../src/options/table.ts";

const rows: readonly OptionRow[] = optionTable;

t.test("optionTable has every name once", async (t) => {
  const names = [...rows, ...standardFlags].map(({ name }) => name);
  t.equal(new Set(names).size, names.length);
  t.equal(new Set(rows.map(propertyName)).size, rows.length);
  t.strictSame(
    rows.filter(({ name }) => name.startsWith("no-")),
    [],
    "a name with no- would be read as a negation",
  );
});

for (const row of rows) {
  t.test(`optionTable row ${row.name} holds together`, async (t) => {
    t.match(row.name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    t.notOk(isServiceLink(environmentName(row)), "its variable is not one that the kubelet sets for a Service");
    t.notMatch(row.help, /\.$/);
    t.ok(optionGroups.includes(row.group));
    t.equal(row.choices !== undefined, row.type === "oneOf");
    t.notOk(row.default !== undefined && row.computed !== undefined);
    if (row.default === undefined) return;
    const read = readValue(row, row.default);
    t.ok("value" in read, "its default is a good value");
    if ("value" in read)
      t.equal(printValue(row, read.value), row.default, "its default is written in the shortest way");
  });
}

t.test("rowsOf() gives the rows of one command", async (t) => {
  const names = (command: "webhook" | "controller" | "manifests") => rowsOf(command).map(({ name }) => name);
  t.ok(names("webhook").includes("drain"));
  t.notOk(names("webhook").includes("settle"));
  t.ok(names("controller").includes("settle"));
  t.strictSame(names("manifests"), [
    "namespace",
    "controller-service-account",
    "webhook-service",
    "webhook-configuration",
  ]);
});

t.test("Options derives names and types from the rows", async (t) => {
  // Compiling is the test; these are the four forms of a property.
  const check = (
    options: Pick<Options<"controller">, "settleMs" | "certificateMode" | "watchNamespaces" | "kubeconfig">,
  ) => {
    const settle: number = options.settleMs;
    const mode: "cert-manager" | "self-managed" = options.certificateMode;
    const namespaces: readonly string[] = options.watchNamespaces;
    // @ts-expect-error an option without a default may be undefined
    const kubeconfig: string = options.kubeconfig;
    return [settle, mode, namespaces, kubeconfig];
  };
  t.equal(
    check({ settleMs: 1, certificateMode: "cert-manager", watchNamespaces: [], kubeconfig: undefined }).length,
    4,
  );
});

import t from "tap";
import {
  type CalledCommand,
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
    t.equal(row.choices !== undefined, ["oneOf", "someOf"].includes(row.type));
    t.notOk(row.default !== undefined && row.computed !== undefined);
    const { reloader } = row;
    if (reloader !== undefined) t.ok(row.commands.includes("controller"), "reloader has the options of controller");
    for (const word of Object.values(reloader?.words ?? {})) t.ok(row.choices?.includes(word), word);
    for (const text of [row.default, reloader?.default].filter((each) => each !== undefined)) {
      const read = readValue(row, text);
      t.ok("value" in read, "its default is a good value");
      if ("value" in read) t.equal(printValue(row, read.value), text, "its default is written in the shortest way");
    }
  });
}

t.test("rowsOf() gives the rows of one command", async (t) => {
  const names = (command: CalledCommand) => rowsOf(command).map(({ name }) => name);
  t.ok(names("webhook").includes("drain"));
  t.notOk(names("webhook").includes("settle"));
  t.ok(names("controller").includes("settle"));
  for (const name of ["namespace", "webhook-service", "compatibility", "auto-annotation", "custom-workloads"])
    t.ok(names("manifests").includes(name), name);
  t.notOk(names("manifests").includes("kubeconfig"));
});

t.test("rowsOf() gives reloader the rows of the controller, with defaults of its own", async (t) => {
  const [theirs, ours] = [rowsOf("reloader"), rowsOf("controller")];
  t.strictSame(
    theirs.map(({ name }) => name),
    ours.map(({ name }) => name),
  );
  const defaultIn = (among: readonly OptionRow[], name: string) => among.find((row) => row.name === name)?.default;
  t.equal(defaultIn(theirs, "reload-strategy"), "env-vars");
  t.equal(defaultIn(ours, "reload-strategy"), "stamp");
  t.equal(defaultIn(theirs, "settle"), "3s");
});

t.test("Options derives names and types from the rows", async (t) => {
  // Compiling is the test; these are the forms of a property.
  const check = (
    options: Pick<Options<"controller">, "settleMs" | "certificateMode" | "watchNamespaces" | "kubeconfig"> &
      Pick<Options<"reloader">, "compatibility">,
  ) => {
    const dialects: readonly ("reloader" | "wave" | "deckhouse")[] = options.compatibility;
    const settle: number = options.settleMs;
    const mode: "cert-manager" | "self-managed" = options.certificateMode;
    const namespaces: readonly string[] = options.watchNamespaces;
    // @ts-expect-error an option without a default may be undefined
    const kubeconfig: string = options.kubeconfig;
    return [settle, mode, namespaces, kubeconfig, ...dialects];
  };
  t.equal(
    check({
      ...{ settleMs: 1, certificateMode: "cert-manager", watchNamespaces: [], kubeconfig: undefined },
      compatibility: ["wave"],
    }).length,
    5,
  );
});

import t from "tap";
import { flagsOf, idleFlags } from "../../../src/options/flags.ts";
import { rowsOf } from "../../../src/options/table.ts";

for (const command of ["webhook", "controller", "manifests"] as const) {
  t.strictSame(
    [...flagsOf(command).keys()],
    rowsOf(command).map(({ name }) => name),
    `flagsOf() gives ${command} the names of its rows`,
  );
}

t.test("flagsOf() gives reloader both spellings", async (t) => {
  const flags = flagsOf("reloader");
  for (const row of rowsOf("reloader")) {
    t.equal(flags.get(row.name)?.row?.name, row.name);
    for (const name of row.reloader?.flags ?? []) t.equal(flags.get(name)?.row?.name, row.name, `--${name}`);
  }
  for (const { name } of idleFlags) t.equal(flags.get(name)?.row, undefined, `--${name} sets nothing`);
});

t.test("no flag of Reloader means two things", async (t) => {
  const names = rowsOf("reloader").flatMap((row) => row.reloader?.flags ?? []);
  t.equal(new Set(names).size, names.length);
  const owners = new Set(rowsOf("reloader").map((row) => row.name));
  for (const row of rowsOf("reloader"))
    for (const name of row.reloader?.flags ?? [])
      t.ok(!owners.has(name) || name === row.name, `--${name} is the name of no other option`);
});

t.test("flagsOf() knows what takes the next argument", async (t) => {
  const flags = flagsOf("reloader");
  t.equal(flags.get("namespaces")?.takesNext, "always");
  t.equal(flags.get("enable-ha")?.takesNext, "never");
  t.equal(flags.get("reload-on-create")?.takesNext, "unless a flag");
  t.equal(flagsOf("controller").get("reload-on-create")?.takesNext, "never");
});
